/**
 * The ends of the steps of one attempt. Ends are written one at a time: their order in the journal is the order
 * of their delivery at every later attempt, and this attempt delivers them in the same order. While questions
 * are open, whose answers come from elsewhere, only the log shows that order; it is then followed.
 */
import type { StepError, StepOutcome } from '../src/wire/call';
import { AttemptEnded, isCausedBy } from '../src/api/errors';
import { MovedOn, type CallEvent, type CallLog } from './callLog';
import type { Deliveries } from './deliveries';
import type { Step } from './step';
import { withResolvers, type Resolvers } from './withResolvers';

interface SettlementsOf {
  readonly log: CallLog;
  readonly flushEmits: () => Promise<void>;
}

/**
 * An error of an at-least-once step. It is recorded once the handler has caught it and goes on; not if it ends
 * the attempt.
 */
interface Failure {
  readonly step: Step;
  readonly error: StepError;
  isRecorded: boolean;
}

export class Settlements {
  private readonly awaited = new Map<string, Resolvers<StepOutcome>>();
  /** Steps whose end is being written, or was: the first end counts. */
  private readonly settling = new Set<string>();
  /** Outcomes that were written, but not yet read from the log. */
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

  /** Serializes writes. @throws AttemptEnded if the attempt has ended */
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

  /** Resolves with the step's outcome when it is delivered, whoever ends the step. */
  endOf({ name }: Step): Promise<StepOutcome> {
    const known = this.awaited.get(name);
    if (known) return known.promise;
    const awaited = withResolvers<StepOutcome>();
    awaited.promise.catch(() => undefined);
    this.awaited.set(name, awaited);
    return awaited.promise;
  }

  /**
   * Records the step's outcome, unless the log shows another one. Resolves with the outcome that counts, when
   * it is delivered.
   */
  async settle(step: Step, outcome: StepOutcome): Promise<StepOutcome> {
    return this.settleBy(step, outcome, () => this.record(step, outcome));
  }

  /** As {@link settle}, with another write than a record. */
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

  /**
   * Ends an at-least-once step with an error. While the log is followed, the error is recorded at once, since
   * only a record has a place in the log's order.
   */
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

  /** Records the failures that the handler has caught: it goes on with another operation. */
  async passFailures(): Promise<void> {
    if (this.failures.some(({ isRecorded }) => !isRecorded)) await this.write(() => this.recordFailures());
  }

  /**
   * Removes from the journal the failures that have caused `thrown`: it ends the attempt, and the next attempt
   * runs those steps again.
   */
  async forget(thrown: unknown): Promise<void> {
    const causes = this.failures.filter(({ step, error }) => isCausedBy(thrown, step.name, error.message));
    this.failures = this.failures.filter((failure) => !causes.includes(failure));
    for (const { step, error, isRecorded } of causes) {
      if (!isRecorded) continue;
      const { name, kind } = step;
      await this.write(() => this.of.log.record({ step: name, kind, outcome: { error }, forget: true }));
    }
  }

  /** Notes a failure that an earlier attempt recorded. */
  hasFailed(step: Step, error: StepError): void {
    this.failures.push({ step, error, isRecorded: true });
  }

  /**
   * From now on the log decides in which order steps end. `tell` receives the events that are no records of
   * this attempt, in the log's order.
   */
  follow(tell: (event: CallEvent) => Promise<void> | void, signal: AbortSignal): Promise<void> {
    const onEvent = async (event: CallEvent) => {
      if (event.kind !== 'recorded') return tell(event);
      const outcome = this.unread.get(event.step);
      this.unread.delete(event.step);
      if (outcome) this.deliver(event.step, outcome);
    };
    return (this.following ??= this.write(async () => {
      await this.of.log.follow((event) => {
        this.reading = this.reading.then(() => onEvent(event));
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

  /** The step's end cannot be written: its promise rejects with the reason. */
  private failing({ name }: Step) {
    return (error: unknown) => {
      this.awaited.get(name)?.reject(error);
      this.awaited.delete(name);
    };
  }

  private async record({ name, kind, within }: Step, outcome: StepOutcome): Promise<void> {
    // The step has had its effects: its end must be recorded even if the messages before it cannot be sent.
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
