/**
 * The promotion of an attempt that began inline: at its first use of anything durable or visible, or when it
 * takes long, an activity is scheduled, which adopts the attempt. Until then nothing of it may reach the
 * session, where nobody knows of the attempt.
 */
import { AttemptEnded } from '../src/api/errors';
import type { CallEvent, CallLog } from './callLog';

export class Adoption {
  private settle!: { promoted(): void; adopted(): void; givenUp(error: AttemptEnded): void };
  private readonly adopted: Promise<void>;
  /** Resolves when the attempt has used something that an activity is needed for. */
  readonly promoted: Promise<void>;
  isPromoted = false;

  constructor() {
    let promoted!: () => void;
    this.promoted = new Promise((resolve) => (promoted = resolve));
    this.adopted = new Promise((adopted, givenUp) => (this.settle = { promoted, adopted, givenUp }));
    this.adopted.catch(() => undefined);
  }

  promote(): void {
    this.isPromoted = true;
    this.settle.promoted();
  }

  adopt(): void {
    this.settle.adopted();
  }

  /** No activity will come. */
  giveUp(): void {
    this.settle.givenUp(new AttemptEnded());
  }

  /** Resolves when an activity has adopted the attempt. @throws AttemptEnded if none will */
  whenAdopted(): Promise<void> {
    this.promote();
    return this.adopted;
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
