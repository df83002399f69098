/**
 * The promotion of an attempt that began inline: at its first use of anything durable or visible, or when it
 * takes long, an activity is scheduled, which adopts the attempt. Until then nothing of it may reach the
 * session, where nobody knows of the attempt.
 */
import { AttemptEnded } from '../src/api/errors';
import type { CallEvent, CallLog } from './callLog';
import { withResolvers } from './withResolvers';

export class Adoption {
  private readonly use = withResolvers<undefined>();
  private readonly activity = withResolvers<undefined>();
  isPromoted = false;

  constructor() {
    this.activity.promise.catch(() => undefined); // given up before anything waited for it
  }

  /** Resolves when the attempt has used something that an activity is needed for. */
  get promoted(): Promise<void> {
    return this.use.promise;
  }

  promote(): void {
    this.isPromoted = true;
    this.use.resolve(undefined);
  }

  adopt(): void {
    this.activity.resolve(undefined);
  }

  /** No activity will come. */
  giveUp(): void {
    this.activity.reject(new AttemptEnded());
  }

  /** Resolves when an activity has adopted the attempt. @throws AttemptEnded if none will */
  whenAdopted(): Promise<void> {
    this.promote();
    return this.activity.promise;
  }
}

/** The log of an attempt that began inline: whatever is written or read waits for the adoption. */
export class AdoptedCallLog implements CallLog {
  constructor(
    private readonly log: CallLog,
    private readonly adoption: Adoption,
  ) {}

  private async once<T>(act: () => Promise<T>): Promise<T> {
    await this.adoption.whenAdopted();
    return act();
  }

  open: CallLog['open'] = () => this.once(() => this.log.open());
  claim: CallLog['claim'] = (...args) => this.once(() => this.log.claim(...args));
  record: CallLog['record'] = (...args) => this.once(() => this.log.record(...args));
  setState: CallLog['setState'] = (...args) => this.once(() => this.log.setState(...args));
  readState: CallLog['readState'] = () => this.once(() => this.log.readState());
  emit: CallLog['emit'] = (...args) => this.once(() => this.log.emit(...args));
  follow = (tell: (event: CallEvent) => void, signal: AbortSignal): Promise<void> =>
    this.once(() => this.log.follow(tell, signal));
  /** Belongs to the session, from after the answer. */
  later: CallLog['later'] = (...args) => this.log.later(...args);
}
