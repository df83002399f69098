/**
 * How the steps of one attempt end. Ends are written one at a time, since the order in which they stand in the journal is the order in which
 * every later attempt will hear of them; and this attempt hears of them in the same order. While questions wait for their answers, which
 * come from elsewhere, that order is known from the log alone, which is then followed.
 */
import type { StepError, StepOutcome } from '../src/wire/call';
import { AttemptEnded, isCausedBy } from '../src/api/errors';
import { MovedOn, type CallEvent, type CallLog } from './callLog';
import type { Deliveries } from './deliveries';
import type { Step } from './step';

interface SettlementsOf {
  readonly log: CallLog;
  readonly flushEmits: () => Promise<void>;
}

interface Awaited {
  readonly promise: Promise<StepOutcome>;
  resolve(outcome: StepOutcome): void;
  reject(error: unknown): void;
}

/** What an at-least-once step threw. It is recorded when the handler has gone on past it, and not if it ends the attempt. */
interface Failure {
  readonly step: Step;
  readonly error: StepError;
  isRecorded: boolean;
}

export class Settlements {
  private readonly awaited = new Map<string, Awaited>();
  /** What is being written, or was: the first counts. */
  private readonly settling = new Set<string>();
  /** Written, and not yet read in the log. */
  private readonly unread = new Map<string, StepOutcome>();
  private failures: Failure[] = [];
  private writing: Promise<unknown> = Promise.resolve();
  private reading: Promise<unknown> = Promise.resolve();
  private following: Promise<void> | undefined;
  private isFollowing = false;

  constructor(
    private readonly of: SettlementsOf,
    private readonly deliveries: Deliveries,
    private readonly isClosed: () => boolean,
  ) {}

  /** One write after the other. @throws AttemptEnded when it comes too late */
  write<T>(act: () => Promise<T>): Promise<T> {
    const written = this.writing.then(async () => {
      if (this.isClosed()) throw new AttemptEnded();
      return act();
    });
    this.writing = written.catch(() => undefined);
    return written.catch((error: unknown) => {
      throw error instanceof MovedOn ? new AttemptEnded() : error;
    });
  }

  /** Resolves with the step's end, in its turn, whoever brings it about. */
  endOf({ name }: Step): Promise<StepOutcome> {
    const known = this.awaited.get(name);
    if (known) return known.promise;
    const awaited = withResolvers<StepOutcome>();
    awaited.promise.catch(() => undefined);
    this.awaited.set(name, awaited);
    return awaited.promise;
  }

  /** Records how the step has ended, unless the log says that it has ended otherwise. Resolves with its end, in its turn. */
  async settle(step: Step, outcome: StepOutcome): Promise<StepOutcome> {
    return this.settleBy(step, outcome, () => this.record(step, outcome));
  }

  /** As {@link settle}, by another write than a record. */
  settleBy(step: Step, outcome: StepOutcome, act: () => Promise<void>): Promise<StepOutcome> {
    const end = this.endOf(step);
    if (this.settling.has(step.name)) return end;
    this.settling.add(step.name);
    this.write(async () => {
      await this.recordFailures();
      if (this.isFollowing) this.unread.set(step.name, outcome);
      await act();
      if (!this.isFollowing) this.deliver(step.name, outcome);
    }).catch(this.failing(step));
    return end;
  }

  /** An at-least-once step has thrown. While the log is followed, only a record gives it its place. */
  fail(step: Step, error: StepError): Promise<StepOutcome> {
    const end = this.endOf(step);
    this.write(async () => {
      const failure: Failure = { step, error, isRecorded: this.isFollowing };
      this.failures.push(failure);
      if (!this.isFollowing) return this.deliver(step.name, { error });
      this.unread.set(step.name, { error });
      await this.record(step, { error });
    }).catch(this.failing(step));
    return end;
  }

  /** The handler goes on with another operation: what has failed before is recorded. */
  async passFailures(): Promise<void> {
    if (this.failures.some(({ isRecorded }) => !isRecorded)) await this.write(() => this.recordFailures());
  }

  /** The attempt ends with `thrown`, and another follows, which runs again what has caused that. */
  async forget(thrown: unknown): Promise<void> {
    const causes = this.failures.filter(({ step, error }) => isCausedBy(thrown, step.name, error.message));
    this.failures = this.failures.filter((failure) => !causes.includes(failure));
    for (const { step, error, isRecorded } of causes) {
      if (!isRecorded) continue;
      const { name, kind } = step;
      await this.write(() => this.of.log.record({ step: name, kind, outcome: { error }, forget: true }));
    }
  }

  /** A failure that an earlier attempt had recorded. */
  hasFailed(step: Step, error: StepError): void {
    this.failures.push({ step, error, isRecorded: true });
  }

  /** From now on the log says in which order steps end. `tell` is handed what this class does not know, in the log's order. */
  follow(tell: (event: CallEvent) => Promise<void> | void, signal: AbortSignal): Promise<void> {
    const hear = async (event: CallEvent) => {
      if (event.kind !== 'recorded') return tell(event);
      const outcome = this.unread.get(event.step);
      this.unread.delete(event.step);
      if (outcome) this.deliver(event.step, outcome);
    };
    return (this.following ??= this.write(async () => {
      await this.of.log.follow((event) => {
        this.reading = this.reading.then(() => hear(event));
      }, signal);
      this.isFollowing = true;
    }));
  }

  deliver(name: string, outcome: StepOutcome): void {
    this.deliveries.add(name, () => {
      this.awaited.get(name)?.resolve(outcome);
      this.awaited.delete(name);
    });
  }

  /** The step's end cannot be written: its code is told why. */
  private failing({ name }: Step) {
    return (error: unknown) => {
      this.awaited.get(name)?.reject(error);
      this.awaited.delete(name);
    };
  }

  private async record({ name, kind, within }: Step, outcome: StepOutcome): Promise<void> {
    // The step has happened: that must be recorded even if what was said before it cannot be sent.
    await this.of.flushEmits().catch(() => undefined);
    await this.of.log.record({ step: name, kind, within, outcome });
  }

  private async recordFailures(): Promise<void> {
    for (const failure of this.failures) {
      if (failure.isRecorded) continue;
      await this.record(failure.step, { error: failure.error });
      failure.isRecorded = true;
    }
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
