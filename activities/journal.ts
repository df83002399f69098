/**
 * One attempt's view of its call's journal: what earlier attempts did is read from it, what this one does is written to it. The journal
 * itself is the workflow's, which decides who may write.
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

/** Code that tries again at once, for ever, whatever it is refused with, would block its worker: then it hears nothing more. */
const MAXIMUM_REFUSALS = 100;

export interface JournalOf extends DeliveriesOf {
  readonly log: CallLog;
  /** Whether the code that runs belongs to this call. */
  readonly isHere: () => boolean;
  /** What was said before a step must be durable before the step is: a later attempt skips the step and what it said. */
  readonly flushEmits: () => Promise<void>;
  /** The handler is about to hear that its call is cancelled. */
  readonly onCancelled: () => void;
  readonly onStep?: (step: StepTaken) => void;
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
  private readonly whenNothingRuns = new Set<() => void>();
  /** Whether a step waits to begin, see {@link pause}. */
  heldSteps = false;
  /** `ended`: the handler has, and what it left running may still record its end. */
  private over: 'ended' | 'closed' | undefined;
  private readonly waiting = new Set<(error: Error) => void>();
  private refusals = 0;
  /** Why the call is cancelled, as long as the handler has not been told. */
  private cancelled: string | undefined;
  /** Present while no new step may begin; never resolves if the attempt ends there. */
  private pausing: (() => Promise<void>) | undefined;

  constructor(private readonly of: JournalOf) {
    this.names = new StepNames(of.isHere);
    this.deliveries = new Deliveries(of);
    this.settlements = new Settlements(of, this.deliveries, () => this.over === 'closed');
  }

  /** Fences earlier attempts and reads what they left. The first attempt of a call has nothing to read, and does not ask. */
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

  /** Milliseconds until the workflow's clock says `at`. Workflows from before 0.3 do not tell it. */
  msUntil(at: number): number {
    if (this.workflowNow === undefined) return at - Date.now();
    return at - this.workflowNow - (this.of.time.now() - this.openedAt);
  }

  /** Whether this attempt has taken a step, or an earlier one has. */
  get isUsed(): boolean {
    return this.names.areUsed || Object.keys(this.entries).length > 0;
  }

  /** Claimed or recorded by an earlier attempt, and not met by this one: a name that is not the same each time. */
  get unmetOnce(): string[] {
    return Object.entries(this.entries).flatMap(([step, { kind, within }]) =>
      kind === 'atMostOnce' && within === undefined && !this.names.has(step) ? [step] : [],
    );
  }

  get isOver(): boolean {
    return this.over !== undefined;
  }

  /** The handler may begin nothing more: it has ended, or its call goes on in another attempt. What it still waits for ends with an error. */
  end(how: 'ended' | 'closed'): void {
    if (this.over !== 'closed') this.over = how;
    this.deliveries.stop();
    for (const reject of this.waiting) reject(new AttemptEnded());
    this.waiting.clear();
  }

  /** For what is begun after the end. */
  refused(): Promise<never> {
    const isHeard = ++this.refusals <= MAXIMUM_REFUSALS;
    return isHeard ? Promise.reject(new AttemptEnded()) : new Promise<never>(() => undefined);
  }

  /** As `promise`; but the end of the attempt comes first. */
  untilEnd<T>(promise: Promise<T>): Promise<T> {
    if (this.isOver) return this.refused();
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }

  /** Ends what waits; where no code waits for that, the next operation. An earlier attempt may have told the handler. */
  cancel(reason: string, { steps }: Pick<Waits, 'steps'>): void {
    const isTold = Object.values(this.entries).some(
      ({ outcome }) => isError(outcome) && outcome.error.because === 'cancelled',
    );
    if (isTold) return;
    this.of.onCancelled();
    if (!steps.some(({ isWaitedFor }) => isWaitedFor)) this.cancelled = reason;
    for (const { step } of steps) this.endCancelled(step, reason).catch(() => undefined);
  }

  /** For a wait that begins, of which {@link cancel} did not know. */
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

  /** From now on no new step begins. `onHeld` is told when one would, and whenever what runs has ended. */
  pause(onHeld: () => void): () => void {
    let resume: (() => void) | undefined;
    const resumed = new Promise<void>((resolve) => (resume = resolve));
    this.pausing = () => {
      this.heldSteps = true;
      setImmediate(onHeld);
      return resumed;
    };
    this.whenNothingRuns.add(onHeld);
    return () => {
      this.pausing = undefined;
      this.whenNothingRuns.delete(onHeld);
      resume?.();
    };
  }

  /** Whether no step is being run, so that nothing is cut short when the attempt ends here. */
  get isIdle(): boolean {
    return this.runningSteps === 0 && this.deliveries.areIdle;
  }

  async running<T>(fn: () => T | Promise<T>): Promise<T> {
    this.runningSteps++;
    try {
      return await fn();
    } finally {
      if (--this.runningSteps === 0) this.whenNothingRuns.forEach((tell) => tell());
    }
  }

  /** Resolves when what runs has ended. */
  async nothingRuns(): Promise<void> {
    if (this.runningSteps > 0) await new Promise<void>((resolve) => this.whenNothingRuns.add(resolve));
  }

  /** Takes a step's name, which only one step of the attempt may. @throws StepMisuse */
  take(name: string, kind: StepKind, options?: StepOptions): Step {
    const step = this.names.take(name, kind, options);
    if (kind !== 'ask') this.came({ name: step.name, kind });
    return step;
  }

  came(step: StepTaken): void {
    this.of.onStep?.(step);
  }

  /** The next of several steps that the author gives no names, see {@link StepNames.next}. */
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
   * How the step ended in an earlier attempt, once its turn has come; `undefined` if it is to be done now. Before that the failures are
   * recorded that the handler has gone on past. A call that is cancelled ends the first step that would be done.
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

  /** A question of an earlier attempt has its answer; the handler need not have come to it. */
  endUnasked(name: string, outcome: StepOutcome): void {
    const entry = this.entries[name];
    if (!entry || entry.outcome) return;
    this.entries = { ...this.entries, [name]: { ...entry, outcome } };
    this.deliveries.expectNext(name);
  }

  /** The last attempt that ended with an error; 0 if none did. */
  get lastThrown(): number {
    return this.of.lastThrown;
  }

  outcomeOf(name: string): StepOutcome | undefined {
    return Object.hasOwn(this.entries, name) ? this.entries[name]?.outcome : undefined;
  }

  /** The questions of earlier attempts that have no answer. */
  get questions(): string[] {
    return Object.entries(this.entries).flatMap(([name, { kind, outcome }]) =>
      kind === 'ask' && !outcome ? [name] : [],
    );
  }

  /** `undefined` if the step is ours to run. */
  async claim(step: Step): Promise<JournalEntry | undefined> {
    this.values.count(step.name, 0);
    await this.of.flushEmits();
    const result = await this.of.log.claim(step.name, step.within);
    if (result.granted) return undefined;
    if (result.entry) return result.entry;
    throw new AttemptEnded();
  }
}
