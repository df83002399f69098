/**
 * One attempt's view of its call's journal: it returns what earlier attempts recorded, and writes what this
 * attempt does. The workflow owns the journal and decides which attempt may write.
 */
import type { Journal, JournalEntry, StepKind, StepOutcome } from '../src/wire/call';
import type { StepOptions } from '../src/api/context';
import { AttemptEnded, StepMisuse } from '../src/api/errors';
import type { CallLog } from './callLog';
import { Deliveries, type DeliveriesOf } from './deliveries';
import { Settlements } from './settlements';
import { isError, type Step, type StepTaken } from './step';
import { StepNames } from './stepNames';
import type { Waits } from './waits';
import { StepValues, shown } from './stepValues';

/**
 * After so many refused operations the promises of further ones never settle: code that retries at once, for
 * ever, would block its worker.
 */
const MAXIMUM_REFUSALS = 100;

export interface JournalOf extends DeliveriesOf {
  readonly log: CallLog;
  /** Whether the running code has the context of this call. */
  readonly isInCallContext: () => boolean;
  /** Messages from before a step must be durable before the step: a later attempt skips the step and those messages. */
  readonly flushEmits: () => Promise<void>;
  /** Called before the handler is notified that its call is cancelled. */
  readonly onCancelled: () => void;
  readonly onStep?: (step: StepTaken) => void;
  /** Called when the handler comes to a step of any kind. */
  readonly onTaken?: () => void;
}

export class AttemptJournal {
  readonly deliveries: Deliveries;
  readonly settlements: Settlements;
  readonly values = new StepValues();
  private readonly names: StepNames;
  private entries: Journal = {};
  private workflowNow: number | undefined;
  private openedAt = 0;
  private runningSteps = 0;
  private readonly idleListeners = new Set<() => void>();
  /** Whether a step waits to begin, see {@link pause}. */
  hasBlockedSteps = false;
  /** `ended`: the handler has ended; steps still running may record their ends. `closed`: nothing may be recorded. */
  private over: 'ended' | 'closed' | undefined;
  private readonly waiting = new Set<(error: Error) => void>();
  private refusals = 0;
  /** The reason of a cancellation, until the handler has been notified. */
  private cancelled: string | undefined;
  /** Present while no new step may begin. The promise never resolves if the attempt ends meanwhile. */
  private pausing: (() => Promise<void>) | undefined;

  constructor(private readonly of: JournalOf) {
    this.names = new StepNames(of.isInCallContext);
    this.deliveries = new Deliveries(of);
    this.settlements = new Settlements(of, this.deliveries, () => this.over === 'closed');
  }

  /** Fences earlier attempts and reads their journal. The first attempt of a call need not open its journal. */
  async open(): Promise<{ elapsedMs?: number; crashes?: number; saidBytes?: number }> {
    const result = await this.of.log.open();
    if (!result) throw new AttemptEnded();
    const { journal, now, scheduledAt, crashes, saidBytes } = result;
    this.entries = journal;
    this.values.open(journal);
    this.workflowNow = now;
    this.openedAt = this.of.time.now();
    this.deliveries.expect(journal);
    const elapsedMs = now === undefined || scheduledAt === undefined ? undefined : now - scheduledAt;
    return { elapsedMs, crashes, saidBytes };
  }

  /** Milliseconds until the workflow's clock reaches `at`. Workflows from before 0.3 do not send their clock. */
  msUntil(at: number): number {
    if (this.workflowNow === undefined) return at - Date.now();
    return at - this.workflowNow - (this.of.time.now() - this.openedAt);
  }

  /** Whether this attempt or an earlier one has taken a step. */
  get isUsed(): boolean {
    return this.names.areUsed || Object.keys(this.entries).length > 0;
  }

  /**
   * At-most-once steps of earlier attempts that this attempt has not reached: their names may differ between
   * attempts.
   */
  get unmetOnce(): string[] {
    return Object.entries(this.entries).flatMap(([step, { kind, within }]) =>
      kind === 'atMostOnce' && within === undefined && !this.names.has(step) ? [step] : [],
    );
  }

  get isOver(): boolean {
    return this.over !== undefined;
  }

  /**
   * Ends the attempt: the handler has ended, or its call continues in another attempt. Pending operations throw
   * `AttemptEnded`.
   */
  end(how: 'ended' | 'closed'): void {
    if (this.over !== 'closed') this.over = how;
    this.deliveries.stop();
    for (const reject of this.waiting) reject(new AttemptEnded());
    this.waiting.clear();
  }

  /** The result of an operation that begins after the end. */
  refused(): Promise<never> {
    const isReported = ++this.refusals <= MAXIMUM_REFUSALS;
    return isReported ? Promise.reject(new AttemptEnded()) : new Promise<never>(() => undefined);
  }

  /** Settles like `promise`, or with `AttemptEnded` if the attempt ends first. */
  untilEnd<T>(promise: Promise<T>): Promise<T> {
    if (this.isOver) return this.refused();
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }

  /**
   * Ends all pending waits with `CallCancelled`, or the next operation if no code awaits those. An earlier
   * attempt may already have notified the handler.
   */
  cancel(reason: string, { steps }: Pick<Waits, 'steps'>): void {
    const isNotified = Object.values(this.entries).some(
      ({ outcome }) => isError(outcome) && outcome.error.because === 'cancelled',
    );
    if (isNotified) return;
    this.of.onCancelled();
    if (!steps.some(({ isWaitedFor }) => isWaitedFor)) this.cancelled = reason;
    for (const { step } of steps) this.endCancelled(step, reason).catch(() => undefined);
  }

  /** Ends a wait that began after {@link cancel}. */
  cancelWaiting(step: Step): void {
    const { cancelled } = this;
    if (cancelled === undefined) return;
    this.cancelled = undefined;
    this.endCancelled(step, cancelled).catch(() => undefined);
  }

  private endCancelled(step: Step, message: string): Promise<StepOutcome> {
    const error = { name: 'CallCancelled', message, because: 'cancelled' } as const;
    return this.settlements.settle(step, { error });
  }

  /**
   * Blocks new steps until the returned function is called. `onBlocked` is called when a step is blocked, and
   * whenever the running steps have ended.
   */
  pause(onBlocked: () => void): () => void {
    let resume: (() => void) | undefined;
    const resumed = new Promise<void>((resolve) => (resume = resolve));
    this.pausing = () => {
      this.hasBlockedSteps = true;
      setImmediate(onBlocked);
      return resumed;
    };
    this.idleListeners.add(onBlocked);
    return () => {
      this.pausing = undefined;
      this.idleListeners.delete(onBlocked);
      resume?.();
    };
  }

  /** Whether no step is running, so that ending the attempt here interrupts nothing. */
  get isIdle(): boolean {
    return this.runningSteps === 0 && this.deliveries.areIdle;
  }

  async running<T>(fn: () => T | Promise<T>): Promise<T> {
    this.runningSteps++;
    try {
      return await fn();
    } finally {
      if (--this.runningSteps === 0) this.idleListeners.forEach((notify) => notify());
    }
  }

  /** Resolves when the running steps have ended. */
  async untilIdle(): Promise<void> {
    if (this.runningSteps > 0) await new Promise<void>((resolve) => this.idleListeners.add(resolve));
  }

  /** Takes a step's name, which must be unique in the attempt. @throws StepMisuse */
  take(name: string, kind: StepKind, options?: StepOptions): Step {
    const step = this.names.take(name, kind, options);
    this.of.onTaken?.();
    if (kind !== 'ask') this.reached({ name: step.name, kind });
    return step;
  }

  reached(step: StepTaken): void {
    this.of.onStep?.(step);
  }

  /** Takes the next step without a name from the author, see {@link StepNames.next}. */
  takeNext(what: string, kind: StepKind): Step {
    return this.take(this.names.next(what), kind);
  }

  entryOf({ name, kind }: Step): JournalEntry | undefined {
    const entry = Object.hasOwn(this.entries, name) ? this.entries[name] : undefined;
    if (entry && entry.kind !== kind) {
      throw new StepMisuse(
        `The step "${shown(name)}" is recorded as ${entry.kind} and the code says ${kind}: the code was changed under a running call.`,
      );
    }
    return entry;
  }

  /**
   * Resolves with the outcome recorded by an earlier attempt, when its delivery is due, or with `undefined` if
   * the step is to run now. Before a step runs, the failures that the handler has caught are recorded. If the
   * call is cancelled, the first step that would run ends with `CallCancelled`.
   */
  async begin(step: Step): Promise<StepOutcome | undefined> {
    const entry = this.entryOf(step);
    if (this.deliveries.knows(step.name)) {
      await this.untilEnd(this.deliveries.turnOf(step.name));
      const outcome = (step.kind === 'sleep' && !isError(entry?.outcome) ? {} : entry?.outcome) ?? {};
      if (isError(outcome) && outcome.error.because === 'cancelled') this.of.onCancelled();
      return outcome;
    }
    if (step.within === undefined) await this.pausing?.();
    return this.running(async () => {
      await this.settlements.passFailures();
      const { cancelled } = this;
      if (cancelled === undefined) return undefined;
      this.cancelled = undefined;
      return this.endCancelled(step, cancelled);
    });
  }

  /** Adds the answer to a question of an earlier attempt that this attempt's handler may not have reached yet. */
  endUnasked(name: string, outcome: StepOutcome): void {
    const entry = this.entries[name];
    if (!entry || entry.outcome) return;
    this.entries = { ...this.entries, [name]: { ...entry, outcome } };
    this.deliveries.expectNext(name);
  }

  /** The number of the last attempt that ended with an error; 0 if none did. */
  get lastThrown(): number {
    return this.of.lastThrown;
  }

  outcomeOf(name: string): StepOutcome | undefined {
    return Object.hasOwn(this.entries, name) ? this.entries[name]?.outcome : undefined;
  }

  /** Unanswered questions of earlier attempts. */
  get questions(): string[] {
    return Object.entries(this.entries).flatMap(([name, { kind, outcome }]) =>
      kind === 'ask' && !outcome ? [name] : [],
    );
  }

  /** Claims an at-most-once step. Resolves with `undefined` if this attempt may run the step. */
  async claim(step: Step): Promise<JournalEntry | undefined> {
    this.values.count(step.name, 0);
    await this.of.flushEmits();
    const result = await this.of.log.claim(step.name, step.within);
    if (result.granted) return undefined;
    if (result.entry) return result.entry;
    throw new AttemptEnded();
  }
}
