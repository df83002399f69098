/**
 * One call's life, without any knowledge of sessions: the activities that run the author's handler, and the journal of its steps,
 * which decides who may do what. The answer is an activity's result; whoever reads the history finds it there.
 *
 * A call that only waits has no activity: it is suspended, and its next execution runs the handler again over the journal.
 */
import {
  ActivityFailure,
  CancelledFailure,
  CancellationScope,
  TimeoutFailure,
  log,
  isCancellation,
  patched,
} from '@temporalio/workflow';
import { jsonBytes } from '../../src/wire/bytes';
import {
  MAXIMUM_SHORT_BYTES,
  type CallInput,
  type CallOutcome,
  type CallRequest,
  type ExecutionCheckpoint,
  type Suspended,
  type SuspendedCall,
} from '../../src/wire/call';
import { CallJournal } from '../../src/model/callJournal';
import type { CallInFlight } from '../../src/wire/session';
import { isSuspended } from '../../src/wire/shapes';
import {
  HANDLER_ENDED,
  LAST_EXECUTION_MS,
  type Interruption,
  type OpenAttempt,
  type OpenAttemptResult,
  type SetState,
} from '../../src/wire/signals';
import { shortActivityOf } from './callActivities';
import { Execution } from './execution';
import type { RunLength } from '../runLength';
import { Suspension, type HoldingSession } from './suspension';
import type { CommandBudget } from '../commandBudget';
import { nameOf } from '../temporalUi';
import type { SessionInfo } from '../../src/wire/sessionInfo';

/** An attempt asks for a larger journal by a query, which leaves no mark in the history. */
const MAXIMUM_ANSWERED_JOURNAL_BYTES = 16_000;
/**
 * A call's own clock (activities/clock.ts) stands still while its client is asked and while it sleeps, Temporal's cannot: where a
 * call can wait so, Temporal's limit is only for the case that no worker lives to say that the time is up.
 */
const WAITING_ALLOWANCE_MS = 24 * 60 * 60 * 1_000;
/** For a call's last execution, in which it undoes what it did: its workers may die, and others take their places. */
const LAST_EXECUTION_ALLOWANCE_MS = 10 * 60 * 1_000;

/** What a call needs of its session. */
export interface CallContext extends HoldingSession {
  /** What an execution begins with. */
  executionInfo(): Pick<CallInput, 'session' | 'logLevel'> & { readonly inFlight: number };
  /** The call does not run any more: another may. (`suspension.test.ts`) */
  madeRoom(): void;
  /** The call has said something for the session, which is in no signal. */
  toldSession(): void;
}

export class Call {
  private readonly scope = new CancellationScope({ cancellable: true });
  /** Of its steps and questions. */
  readonly journal: CallJournal;
  private suspended: Suspension | undefined;
  private previous: ExecutionCheckpoint | undefined;
  /** As the call began: every attempt builds its server from the same state, and has the same tools. */
  private state: SessionInfo['state'] | undefined;
  private cancelled: { readonly reason: string } | undefined;
  private readonly execution: Execution;
  private handingOver: Extract<Interruption, { kind: 'handOver' }> | undefined;
  private endAtOnce: ((cancelled: CancelledFailure) => void) | undefined;

  constructor(
    private readonly request: CallRequest,
    private readonly context: CallContext,
    private readonly budget: CommandBudget,
    private readonly length: RunLength,
    carried?: SuspendedCall,
  ) {
    this.execution = new Execution(request, budget, length);
    this.journal = new CallJournal(carried, Date.now());
    if (!carried) return;
    this.state = carried.state ?? context.executionInfo().session.state;
    this.suspend(carried);
  }

  /** Resolves when the call has ended, however: how it ended stands in the history. */
  async run(): Promise<void> {
    const executions = async () => {
      if (this.request.policy.short && (await this.hasRunShort())) return;
      for (;;) {
        if (this.suspended) await this.suspended.ended(() => (this.suspended = undefined));
        const outcome = await this.runExecution();
        if (!isSuspended(outcome)) return;
        this.suspend(outcome);
        this.context.madeRoom();
      }
    };
    const atOnce = new Promise<never>((_, reject) => (this.endAtOnce = reject));
    await Promise.race([this.scope.run(executions), atOnce]).catch((error: unknown) => {
      const isOfActivity = error instanceof ActivityFailure || isCancellation(error);
      return isOfActivity || !this.context.isOf03 ? this.undo(error) : this.answerBroken(error);
    });
  }

  /** The handler is told, and may undo what it did, in the attempt that runs or in one more. */
  cancel(reason: string): void {
    this.cancelled ??= { reason };
    const waits = patched('cancelled calls undo');
    this.scope.cancel();
    // Runs from before 0.3 took no notice of how a cancelled activity ended.
    if (!waits) this.endAtOnce?.(new CancelledFailure(reason));
  }

  /**
   * The call is suspended at its next step, and goes on in the session's next run: an activity would not cross. The attempt hears of a
   * cancellation, and asks why. A call that may run only once cannot be interrupted.
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

  /** Whether only its client can make it go on. */
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

  /** What the next run needs to go on with it; `undefined` while an activity runs, which does not cross. */
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

  /** A write of the session's state by this call: whether it is the first of this name. */
  writes({ step, within, value, expected }: SetState): boolean {
    return this.journal.writes(step, within, expected && value);
  }

  private async runExecution(): Promise<CallOutcome> {
    const { policy } = this.request;
    this.handingOver = undefined;
    const { elicitation, sampling, roots } = this.context.executionInfo().session.capabilities;
    const canWait = policy.delivery === 'at-least-once' || Boolean(elicitation ?? sampling ?? roots);
    const timeMs = Math.max(this.previous?.timeLeftMs ?? policy.timeoutMs, 1);
    try {
      return await this.execute(timeMs + (canWait ? WAITING_ALLOWANCE_MS : 0));
    } catch (error) {
      // No attempt was there to suspend itself: the last one had died or thrown, and the next had not begun.
      if (this.interruption().kind !== 'handOver' || hasEndedItself(error)) throw error;
      const leg = this.checkpointWithoutEnd(Math.max(timeMs - (Date.now() - this.execution.scheduledAt), 1));
      const lastThrown = this.previous?.lastThrown;
      return { suspended: { steps: [], handedOver: true }, leg: { ...leg, lastThrown } };
    }
  }

  /** What is known of an execution whose last attempt has not said how it ended. */
  private checkpointWithoutEnd(timeLeftMs: number): ExecutionCheckpoint {
    const { thrown = 0, said = { times: {} } } = this.previous ?? {};
    const { attempt: attempts, endedWell } = this.journal;
    return { attempts, endedWell, thrown, timeLeftMs, said };
  }

  private async execute(
    scheduleToCloseTimeout: number,
    broken?: { readonly reason: string },
  ): Promise<CallOutcome> {
    const { message, policy, auth } = this.request;
    const { inFlight, session, logLevel } = this.context.executionInfo();
    this.state ??= session.state;
    const input: CallInput = {
      message,
      policy,
      auth,
      session: { ...session, state: this.state },
      logLevel,
      before: this.previous,
      cancelled: this.cancelled,
      ...(this.context.isOf03 && { handsOver: true }),
      broken,
    };
    const isBroken = broken !== undefined;
    return this.execution.run(input, { sessionId: session.id, inFlight, scheduleToCloseTimeout, isBroken });
  }

  /** The workflow's own code has failed: the client gets an answer all the same, and the operator a line in the log. */
  private async answerBroken(error: unknown): Promise<void> {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    log.error('a call could not be run: please report this', { call: this.request.message.id, reason });
    await this.execute(LAST_EXECUTION_ALLOWANCE_MS, { reason }).catch(() => undefined);
  }

  /**
   * One last execution for a call that did not live to undo what it did: it was cancelled while it was suspended or between two attempts,
   * its worker died after it was cancelled, or no worker lived until its time was up.
   */
  private async undo(error: unknown): Promise<void> {
    const { policy } = this.request;
    if (policy.delivery === 'at-most-once' || this.journal.isEmpty || hasEndedItself(error)) return;
    if (!patched('cancelled calls undo')) return;
    this.cancelled ??= { reason: 'The call did not end within its time.' };
    this.journal.cancelWaits(this.cancelled.reason);
    this.previous = this.checkpointWithoutEnd(LAST_EXECUTION_MS);
    this.suspended = undefined;
    const last = () => this.execute(LAST_EXECUTION_MS + LAST_EXECUTION_ALLOWANCE_MS);
    await CancellationScope.nonCancellable(last).catch(() => undefined);
  }

  /** In the workflow task itself. What fails there, other than by a cancellation, goes the ordinary way. */
  private async hasRunShort(): Promise<boolean> {
    const { message, policy, sentAt, auth } = this.request;
    const handleShort = shortActivityOf(this.request);
    if (!this.budget.take(MAXIMUM_SHORT_BYTES)) await this.budget.wait(MAXIMUM_SHORT_BYTES);
    this.length.shortCall(); // not at its end, which a replay is told of at another time
    try {
      const { session, logLevel } = this.context.executionInfo();
      const { said } = await handleShort({ message, policy, sentAt, auth, session, logLevel });
      if (said.some(({ to }) => to === 'session') && patched('short calls wake')) this.context.toldSession();
      return true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      return false;
    }
  }

  private suspend({ suspended, leg }: Suspended): void {
    this.suspended = new Suspension(suspended, this.journal, this.context);
    this.previous = leg;
    this.journal.attempt = leg.attempts + 1; // fences what is left of the execution
  }
}

/** The attempt has told its handler, and waited for it; or the call was not lost at all. */
function hasEndedItself(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return !isCancellation(error);
  const { cause } = error;
  if (cause instanceof CancelledFailure) return cause.details.includes(HANDLER_ENDED);
  return !(cause instanceof TimeoutFailure);
}
