/**
 * One call, independent of sessions: the activities that run the author's handler, and the journal of the
 * handler's steps, which decides which attempt may do what. The answer is an activity's result, which readers
 * find in the history.
 *
 * A call that only waits has no activity: it is suspended, and its next execution runs the handler again over
 * the journal.
 */
import {
  ActivityFailure,
  CancelledFailure,
  CancellationScope,
  log,
  isCancellation,
} from '@temporalio/workflow';
import { jsonBytes } from '../../src/wire/bytes';
import {
  type CallInput,
  type CallOutcome,
  type CallRequest,
  type ExecutionCheckpoint,
  type Heartbeat,
  type Suspended,
  type SuspendedCall,
} from '../../src/wire/call';
import { CallJournal } from '../../src/model/callJournal';
import type { CallInFlight } from '../../src/wire/session';
import { isSuspended } from '../../src/wire/shapes';
import {
  LAST_EXECUTION_MS,
  type Interruption,
  type OpenAttempt,
  type OpenAttemptResult,
  type SetState,
} from '../../src/wire/signals';
import { adoptionOf, nextPlace, type Adoption } from './adoption';
import { Execution } from './execution';
import { beginInline, endsShort, planOf, type Plan } from './inline';
import type { RunParts } from '../runParts';
import { Suspension, type SuspensionContext } from './suspension';
import { nameOf } from '../temporalUi';
import {
  checkpointOfCrash,
  checkpointOfHandOver,
  checkpointWithoutEnd,
  hasEndedItself,
  progressIn,
  wasNotTaken,
  wouldRunAgain,
} from './unreportedEnd';
import type { SessionInfo } from '../../src/wire/sessionInfo';
import { has } from '../changes';

/** For a larger journal the attempt asks, which adds nothing to the history. */
const MAXIMUM_ANSWERED_JOURNAL_BYTES = 16_000;
/**
 * A call's own clock (activities/clock.ts) stands still while the call waits for its client or sleeps;
 * Temporal's clock cannot. For a call that may wait, Temporal's limit is therefore later, and only serves
 * when no worker is alive to say that the time is up.
 */
const WAITING_ALLOWANCE_MS = 24 * 60 * 60 * 1_000;
/**
 * For a call's last execution, in which it undoes what it did: other workers may have to replace those that
 * die.
 */
const LAST_EXECUTION_ALLOWANCE_MS = 10 * 60 * 1_000;

/** What a call needs of its session. */
export interface CallContext extends SuspensionContext {
  /** The session's part of an execution's input. */
  executionInfo(): Pick<CallInput, 'session' | 'logLevel'> & { readonly inFlight: number };
  /** The call stopped running, so another one may run. (`suspension.test.ts`) */
  slotFreed(): void;
  /** An inline call has sent a message for the session, which is not in a signal. */
  sentToSession(): void;
}

/** How a call comes to its run. */
export interface Coming {
  /** It has waited for another call to end. */
  readonly hasWaited?: boolean;
  /** It was suspended in the run before. */
  readonly carried?: SuspendedCall;
  /** The reason, if the client has cancelled the call already: its handler never runs. */
  readonly cancelled?: string;
}

export class Call {
  private readonly scope = new CancellationScope({ cancellable: true });
  /** The journal of the call's steps and requests to the client. */
  readonly journal: CallJournal;
  private suspended: Suspension | undefined;
  private previous: ExecutionCheckpoint | undefined;
  /**
   * The session's state when the call began: every attempt builds its server from this state, and thus has
   * the same tools.
   */
  private state: SessionInfo['state'] | undefined;
  private cancelled: { readonly reason: string } | undefined;
  private readonly hasWaited: boolean;
  private readonly execution: Execution;
  /** Ends the turn of the call's local activity, when what follows from its end is done; see workflows/turns.ts. */
  endTurn: (() => void) | undefined;
  private handingOver: Extract<Interruption, { kind: 'handOver' }> | undefined;
  private endAtOnce: ((cancelled: CancelledFailure) => void) | undefined;

  constructor(
    private readonly request: CallRequest,
    private readonly context: CallContext,
    private readonly parts: RunParts,
    { hasWaited = false, carried, cancelled }: Coming,
  ) {
    this.hasWaited = hasWaited;
    this.cancelled = cancelled === undefined ? undefined : { reason: cancelled };
    this.execution = new Execution(request, parts);
    this.journal = new CallJournal(carried, Date.now());
    if (!carried) return;
    this.state = carried.state ?? context.executionInfo().session.state;
    this.suspend(carried);
  }

  /** Resolves when the call has ended in any way; the history has its outcome. */
  async run(): Promise<void> {
    const executions = async () => {
      if (this.request.policy.short && (await this.hasEndedShort())) return;
      // Nothing is awaited in vain: what the end of another call starts must be scheduled within its turn.
      const plan = this.plan();
      let adoption = plan && (await this.begin(plan));
      if (adoption === 'answered') return;
      for (;;) {
        if (this.suspended) await this.suspended.ended(() => (this.suspended = undefined));
        const execution = this.runExecution(adoption);
        this.endTurn?.();
        const outcome = await execution;
        if (!isSuspended(outcome)) return;
        if (adoption && outcome.suspended.elsewhere) {
          adoption = nextPlace(adoption);
          if (!adoption) this.previous ??= this.crashed();
          continue;
        }
        adoption = undefined;
        this.suspend(outcome);
        this.context.slotFreed();
      }
    };
    const atOnce = new Promise<never>((_, reject) => (this.endAtOnce = reject));
    await Promise.race([this.scope.run(executions), atOnce]).catch((error: unknown) => {
      const isOfActivity = error instanceof ActivityFailure || isCancellation(error);
      return isOfActivity || !this.context.isOf03 ? this.undo(error) : this.answerBroken(error);
    });
  }

  /**
   * Cancels the call. Its handler learns of that and may undo what it did, in the running attempt or in one
   * more.
   */
  cancel(reason: string): void {
    this.cancelled ??= { reason };
    const waits = has('cancelled calls undo');
    this.scope.cancel();
    // Runs from before 0.3 ignored how a cancelled activity ended.
    if (!waits) this.endAtOnce?.(new CancelledFailure(reason));
  }

  /**
   * Suspends the call at its next step, to continue in the session's next run, since an activity cannot
   * cross. The activity is cancelled, and the attempt then asks why. An at-most-once call cannot be
   * interrupted.
   */
  handOver(maximumBytes: number): void {
    if (this.suspended || this.cancelled || this.request.policy.delivery === 'at-most-once') return;
    this.handingOver = { kind: 'handOver', maximumBytes };
    this.execution.interrupt();
  }

  interruption(): Interruption {
    return (!this.cancelled && this.handingOver) || { kind: 'cancelled' };
  }

  get isSuspended(): boolean {
    return this.suspended !== undefined;
  }

  /** Whether only the client can wake the call. */
  get awaitsClient(): boolean {
    return this.suspended?.awaitsClient === true;
  }

  describe(): CallInFlight {
    const { id: requestId, method } = this.request.message;
    return {
      requestId,
      method,
      name: nameOf(this.request.message),
      status: this.suspended ? 'suspended' : 'running',
    };
  }

  /** The call as input of the next run; `undefined` while an activity runs, which cannot cross. */
  carry(session: SessionInfo): SuspendedCall | undefined {
    if (!this.suspended || !this.previous) return undefined;
    const { message, policy, auth } = this.request;
    const carried = {
      message,
      policy,
      auth,
      suspended: this.suspended.of,
      leg: this.previous,
      ...this.journal.snapshot(),
    };
    return JSON.stringify(this.state) === JSON.stringify(session.state)
      ? carried
      : { ...carried, state: this.state };
  }

  openAttempt(open: OpenAttempt): OpenAttemptResult {
    if (!this.journal.open(open, Date.now())) return { open: false };
    const { journal } = this.journal.snapshot();
    const { scheduledAt } = this.execution;
    if (!this.context.isOf03) return { open: true, journal, now: Date.now(), scheduledAt };
    const { crashes, saidBytes } = this.journal;
    const opened = { open: true as const, now: Date.now(), scheduledAt, crashes, saidBytes };
    return jsonBytes(journal) > MAXIMUM_ANSWERED_JOURNAL_BYTES ? opened : { ...opened, journal };
  }

  /** Records a write of the session's state; returns whether it is the first write of this name. */
  writes({ step, within, value, expected }: SetState): boolean {
    return this.journal.writes(step, within, expected && value);
  }

  private plan(): Plan | undefined {
    if (!this.context.isOf03 || this.suspended) return undefined;
    const { inFlight } = this.context.executionInfo();
    return planOf(this.request, { inFlight, hasWaited: this.hasWaited }, this.parts);
  }

  private hasEndedShort(): Promise<boolean> {
    const { request, context, parts } = this;
    const { session, logLevel } = context.executionInfo();
    return endsShort(request, { session, logLevel }, parts, () => {
      if (has('short calls wake')) context.sentToSession();
    });
  }

  /** Begins the call inside of the workflow task. Resolves with what is left for an activity to adopt. */
  private async begin(plan: Plan): Promise<'answered' | Adoption | undefined> {
    const { request, parts } = this;
    const { begun, endTurn } = await beginInline(request, { ...this.input(), ...plan }, parts);
    this.endTurn = endTurn;
    if (begun.kind === 'died') this.previous = this.crashed();
    return begun.kind === 'answered' ? 'answered' : adoptionOf(begun);
  }

  /** The checkpoint of an attempt that has ended with its worker. */
  private crashed(heartbeat?: Partial<Heartbeat>): ExecutionCheckpoint {
    return checkpointOfCrash(this.journal, this.restOf(this.request.policy.timeoutMs), heartbeat);
  }

  /** What is left of the time of the present execution, in milliseconds; less than 0 if it is over. */
  private restOf(timeMs: number): number {
    const { scheduledAt } = this.execution;
    return timeMs - (Date.now() - (scheduledAt || Date.now()));
  }

  private async runExecution(adoption?: Adoption): Promise<CallOutcome> {
    const { policy } = this.request;
    this.handingOver = undefined;
    const { elicitation, sampling, roots } = this.context.executionInfo().session.capabilities;
    const canWait = policy.delivery === 'at-least-once' || Boolean(elicitation ?? sampling ?? roots);
    const timeMs = Math.max(this.previous?.timeLeftMs ?? policy.timeoutMs, 1);
    try {
      return await this.execute(timeMs + (canWait ? WAITING_ALLOWANCE_MS : 0), { adoption });
    } catch (error) {
      if (adoption && wasNotTaken(error)) {
        this.previous = this.crashed(progressIn(error));
        return { suspended: { steps: [], elsewhere: true }, leg: this.previous };
      }
      if (!this.isHandedOver(error)) throw error;
      const leg = checkpointOfHandOver(this.journal, this.restOf(timeMs), this.previous, progressIn(error));
      return { suspended: { steps: [], handedOver: true }, leg };
    }
  }

  /**
   * Whether the call goes on in the next run, though no attempt could suspend it: the last one had died or thrown.
   * The log's readers see that by the history alone (src/log/history.ts). (`crashWhileHandedOver.test.ts`)
   */
  private isHandedOver(error: unknown): boolean {
    if (this.interruption().kind !== 'handOver') return false;
    return !hasEndedItself(error) || (wouldRunAgain(error) && has('thrown while handed over'));
  }

  private async execute(
    scheduleToCloseTimeout: number,
    { broken, adoption }: { broken?: CallInput['broken']; adoption?: Adoption } = {},
  ): Promise<CallOutcome> {
    const { inFlight, session } = this.context.executionInfo();
    const input: CallInput = { ...this.input(), broken, ...(adoption && { adopts: true }) };
    return this.execution.run(input, {
      sessionId: session.id,
      inFlight,
      scheduleToCloseTimeout,
      isBroken: broken !== undefined,
      adopts: adoption && { taskQueue: adoption.at },
    });
  }

  private input(): CallInput {
    const { message, policy, auth } = this.request;
    const { session, logLevel } = this.context.executionInfo();
    this.state ??= session.state;
    return {
      message,
      policy,
      auth,
      session: { ...session, state: this.state },
      logLevel,
      before: this.previous,
      cancelled: this.cancelled,
      ...(this.context.isOf03 && { handsOver: true }),
    };
  }

  /**
   * After an error of the workflow's own code: the client still gets an answer, and the operator a log line.
   */
  private async answerBroken(error: unknown): Promise<void> {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    log.error('a call could not be run: please report this', { call: this.request.message.id, reason });
    await this.execute(LAST_EXECUTION_ALLOWANCE_MS, { broken: { reason } }).catch(() => undefined);
  }

  /**
   * Runs one last execution for a call that could not undo what it did: it was cancelled while suspended or
   * between two attempts, its worker died after the cancellation, or no worker was alive when its time was
   * up.
   */
  private async undo(error: unknown): Promise<void> {
    const { policy } = this.request;
    if (policy.delivery === 'at-most-once' || this.journal.isEmpty || hasEndedItself(error)) return;
    if (!has('cancelled calls undo')) return;
    this.cancelled ??= { reason: 'The call did not end within its time.' };
    this.journal.cancelWaits(this.cancelled.reason);
    this.previous = checkpointWithoutEnd(this.journal, LAST_EXECUTION_MS, this.previous);
    this.suspended = undefined;
    const last = () => this.execute(LAST_EXECUTION_MS + LAST_EXECUTION_ALLOWANCE_MS);
    await CancellationScope.nonCancellable(last).catch(() => undefined);
  }

  private suspend({ suspended, leg }: Suspended): void {
    this.suspended = new Suspension(suspended, this.journal, this.context);
    this.previous = leg;
    this.journal.attempt = leg.attempts + 1; // fences what is left of the execution
  }
}
