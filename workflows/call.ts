/**
 * One call's life, without any knowledge of sessions: the activities that run the author's handler, and the journal of its steps,
 * which decides who may do what. The answer is an activity's result; whoever reads the history finds it there.
 *
 * A call that only waits has no activity: it is suspended, and its next leg runs the handler again over the journal.
 */
import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import { bytesOf } from '../src/protocol/bytes';
import {
  MAXIMUM_ANSWERS_BYTES,
  MAXIMUM_SHORT_BYTES,
  isSuspended,
  type CallInput,
  type Journal,
  type JournalEntry,
  type LegEnd,
  type StepOutcome,
  type Suspended,
  type SuspendedCall,
} from '../src/protocol/call';
import { RpcCode, errorResponse } from '../src/protocol/errors';
import type { JSONRPCResponse, RequestId } from '../src/protocol/mcp';
import { HEARTBEAT_TIMEOUT_MS, heartbeatTimeoutAmong } from '../src/protocol/recovery';
import type { CallInFlight } from '../src/protocol/session';
import type {
  Claim,
  ClaimResult,
  EmitSignal,
  OpenAttempt,
  OpenAttemptResult,
  RecordSignal,
} from '../src/protocol/signals';
import type { TaskRoom } from './taskRoom';
import { nameOf, summaryOf } from './temporalUi';

/** Before the next attempt after a crash. It does not grow: a crash says nothing against trying again at once. */
const AFTER_CRASH = '200ms';
/**
 * A call's own clock (activities/clock.ts) stands still while its client is asked and while it sleeps, Temporal's cannot: where a
 * call can wait so, Temporal's limit is only for the case that no worker lives to say that the time is up.
 */
const WAITING_ALLOWANCE_MS = 24 * 60 * 60 * 1_000;
/** A short call's activity says itself that the time is up; this is for one that cannot. */
const SHORT_ALLOWANCE_MS = 2_000;

/** What a call needs of its session. */
export interface CallContext {
  /** What a leg begins with. */
  leg(): Pick<CallInput, 'session' | 'logLevel'> & { readonly inFlight: number };
  /** Whether nothing further may start in this run. */
  holds(): boolean;
  /** The call has said something for the session, which is in no signal. */
  toldSession(): void;
}

export class Call {
  private readonly scope = new CancellationScope({ cancellable: true });
  private readonly journal = new Map<string, JournalEntry>();
  private readonly asks = new Map<RequestId, string>();
  private answerBytes = 0;
  private attempt = 1;
  private suspended: Suspended['suspended'] | undefined;
  private before: LegEnd | undefined;

  constructor(
    private readonly request: Pick<CallInput, 'message' | 'policy'>,
    private readonly context: CallContext,
    private readonly room: TaskRoom,
    carried?: SuspendedCall,
  ) {
    if (!carried) return;
    Object.entries(carried.journal).forEach(([step, entry]) => this.journal.set(step, entry));
    carried.asks.forEach(([id, step]) => this.asks.set(id, step));
    this.suspend(carried);
  }

  /** Resolves when the call has ended, however: how it ended stands in the history. */
  async run(): Promise<void> {
    const legs = async () => {
      if (this.request.policy.short && (await this.hasRunShort())) return;
      for (;;) {
        if (this.suspended) await this.wake(this.suspended);
        const outcome = await this.runLeg();
        if (!isSuspended(outcome)) return;
        this.suspend(outcome);
      }
    };
    await this.scope.run(legs).catch(() => undefined);
  }

  cancel(): void {
    this.scope.cancel();
  }

  get isSuspended(): boolean {
    return this.suspended !== undefined;
  }

  /** Whether only its client can make it go on. */
  get awaitsClient(): boolean {
    return this.suspended !== undefined && this.suspended.wakeAt === undefined;
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
  carry(): SuspendedCall | undefined {
    if (!this.suspended || !this.before) return undefined;
    const { message, policy } = this.request;
    const journal = Object.fromEntries(this.journal) as Journal;
    return { message, policy, suspended: this.suspended, leg: this.before, journal, asks: [...this.asks] };
  }

  openAttempt({ attempt }: OpenAttempt): OpenAttemptResult {
    if (attempt < this.attempt) return { open: false };
    this.attempt = attempt;
    return { open: true, journal: Object.fromEntries(this.journal) as Journal };
  }

  /** First writer wins. A zombie (an attempt that lives on after its successor has begun) is never granted a claim. */
  claim({ attempt, step }: Claim): ClaimResult {
    if (!this.isCurrent(attempt)) return { granted: false };
    const entry = this.journal.get(step);
    if (entry) return { granted: false, entry };
    this.journal.set(step, { kind: 'atMostOnce' });
    return { granted: true };
  }

  record({ attempt, step, kind, outcome }: RecordSignal): void {
    const entry = this.journal.get(step);
    if (!this.isCurrent(attempt) || entry?.outcome || (entry && entry.kind !== kind)) return;
    this.journal.set(step, { kind, outcome });
  }

  /** A write of the session's state by this call: whether it is the first of this name. */
  writes(step: string): boolean {
    if (this.journal.has(step)) return false;
    this.journal.set(step, { kind: 'state', outcome: {} });
    return true;
  }

  isCurrent(attempt: number): boolean {
    return attempt === this.attempt;
  }

  /** What the call says to its client matters here only where it asks, or takes a question back. */
  said({ attempt, emits }: EmitSignal): void {
    if (attempt < this.attempt) return;
    for (const emit of emits) {
      if (emit.to === 'connection' || emit.step === undefined || !('method' in emit.message)) continue;
      const { message, step } = emit;
      const entry = this.journal.get(step);
      if (!('id' in message)) {
        const outcome = {
          value: errorResponse(step, RpcCode.requestTimeout, String(message.params?.reason)),
        };
        if (!entry?.outcome) this.journal.set(step, { kind: 'ask', outcome });
      } else if (!entry) {
        this.asks.set(message.id, step);
        this.journal.set(step, { kind: 'ask' });
      }
    }
  }

  /** A response of the client: whether it was for this call. Only the first answer to a request counts. */
  answered(response: JSONRPCResponse): boolean {
    const step = response.id === undefined ? undefined : this.asks.get(response.id);
    if (step === undefined) return false;
    if (this.journal.get(step)?.outcome) return true;
    const tooMuch = errorResponse(
      step,
      RpcCode.internalError,
      `The answers to this call have more than ${MAXIMUM_ANSWERS_BYTES} bytes.`,
    );
    const bytes = this.answerBytes + bytesOf(JSON.stringify(response));
    const fits = bytes <= MAXIMUM_ANSWERS_BYTES;
    if (fits) this.answerBytes = bytes;
    const outcome: StepOutcome = { value: fits ? response : tooMuch };
    this.journal.set(step, { kind: 'ask', outcome });
    return true;
  }

  private async runLeg() {
    const { message, policy } = this.request;
    const { inFlight, ...context } = this.context.leg();
    const input: CallInput = { message, policy, ...context, before: this.before };
    const timeMs = Math.max(this.before?.timeLeftMs ?? policy.timeoutMs, 1);
    const { elicitation, sampling, roots } = context.session.capabilities;
    const canWait = policy.delivery === 'at-least-once' || Boolean(elicitation ?? sampling ?? roots);
    const { handleRequest } = proxyActivities<Activities>({
      activityId: `request ${JSON.stringify(message.id)}`,
      summary: summaryOf(this.request.message),
      scheduleToCloseTimeout: timeMs + (canWait ? WAITING_ALLOWANCE_MS : 0),
      heartbeatTimeout: heartbeatTimeoutAmong(
        inFlight,
        policy.heartbeatTimeoutMs ?? HEARTBEAT_TIMEOUT_MS.normal,
      ),
      cancellationType: ActivityCancellationType.TRY_CANCEL,
      // At-least-once has no maximum here: a crash must never use up the author's attempts. The activity counts those.
      retry:
        policy.delivery === 'at-most-once'
          ? { maximumAttempts: 1 }
          : { initialInterval: AFTER_CRASH, backoffCoefficient: 1 },
    });
    const bytes = bytesOf(JSON.stringify(input));
    if (!this.room.take(bytes)) await this.room.wait(bytes);
    return handleRequest(input);
  }

  /** In the workflow task itself. What fails there, other than by a cancellation, goes the ordinary way. */
  private async hasRunShort(): Promise<boolean> {
    const { message, policy } = this.request;
    const { handleShort } = proxyLocalActivities<Activities>({
      summary: summaryOf(this.request.message),
      startToCloseTimeout: policy.timeoutMs + SHORT_ALLOWANCE_MS,
      retry: { maximumAttempts: policy.maximumAttempts, initialInterval: policy.initialIntervalMs },
    });
    if (!this.room.take(MAXIMUM_SHORT_BYTES)) await this.room.wait(MAXIMUM_SHORT_BYTES);
    try {
      const { session, logLevel } = this.context.leg();
      const { said } = await handleShort({ message, policy, session, logLevel });
      if (said.some(({ to }) => to === 'session') && patched('short calls wake')) this.context.toldSession();
      return true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      return false;
    }
  }

  private suspend({ suspended, leg }: Suspended): void {
    this.suspended = suspended;
    this.before = leg;
    this.attempt = leg.attempts + 1; // fences what is left of the leg
  }

  private async wake({ steps, wakeAt }: Suspended['suspended']): Promise<void> {
    const isAnswered = () => steps.some((step) => this.journal.get(step)?.outcome !== undefined);
    if (wakeAt === undefined) await condition(isAnswered);
    else if (wakeAt > Date.now()) await condition(isAnswered, wakeAt - Date.now());
    // Or the legs of some would keep the run from ending for the others. (`suspension.test.ts`)
    if (this.context.holds() && patched('suspended calls are held'))
      await condition(() => !this.context.holds());
    this.suspended = undefined;
  }
}
