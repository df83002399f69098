/**
 * One attempt of one call: the author's handler runs here over the call's journal. Nothing of Temporal is in it: handleRequest.ts runs it as
 * an activity, and `callTool` in memory.
 */
import { jsonBytes } from '../src/wire/bytes';
import {
  MAXIMUM_CRASHES,
  callKey,
  type CallInput,
  type ExecutionCheckpoint,
  type Suspended,
} from '../src/wire/call';
import { RpcCode, errorResponse } from '../src/wire/rpcErrors';
import { callOf, failedAnswer } from '../src/mcp/failedAnswer';
import { LAST_EXECUTION_MS } from '../src/wire/signals';
import type { App } from '../src/mcp/app';
import { clientTextOf } from '../src/mcp/appFault';
import { runningCall, type RunningCall } from '../src/api/runningCall';
import { dispatch, type Dispatched } from '../src/mcp/dispatch';
import { inFlight } from '../src/api/inFlight';
import { contextOf } from './attemptContext';
import type { AttemptEnd, AttemptSettings } from './attemptSettings';
import type { CallLog } from './callLog';
import { ClientRequests } from './clientRequests';
import { Clock } from './clock';
import { Emitter } from './emitter';
import { AttemptJournal } from './journal';
import { LateWords } from './lateWords';
import { errorOf } from './thrown';
import { Waits } from './waits';

/** A suspended call crosses continue-as-new with its request, journal and marks, in one payload with all others. */
const MAXIMUM_SUSPENDED_BYTES = 64_000;
/** For the steps of an attempt that a stray exception has ended: one of them is likely its cause, and has no end. */
const STRAY_GRACE_MS = 1_000;

export class Attempt {
  readonly clock: Clock;
  private readonly emitter: Emitter;
  private readonly late: LateWords;
  private readonly journal: AttemptJournal;
  private readonly waits: Waits;
  private readonly requests: ClientRequests;
  private readonly running: RunningCall;
  /** Of the handler's code: its call was cancelled. */
  private readonly cancelled = new AbortController();
  /** The attempt was given up: its server is closed, which aborts the handler. */
  private readonly givenUp = new AbortController();
  /** The attempt is over, however. */
  private readonly over = new AbortController();
  private cancelling: { readonly reason: string; readonly kind: 'late' | 'cancelled' } | undefined;
  private interrupt: ((end: AttemptEnd) => void) | undefined;
  private stopGrace: (() => void) | undefined;
  private isTooHeavy = false;
  private suspendAtStep: ((suspended: Suspended['suspended']) => void) | undefined;
  /** Present while the call is being handed over: lets its steps go on. */
  private resume: (() => void) | undefined;

  constructor(
    private readonly app: App,
    private readonly input: CallInput,
    private readonly log: CallLog,
    private readonly settings: AttemptSettings,
  ) {
    const { session, message, before } = input;
    const { time, warn } = settings;
    const suspendAfterMs = input.cancelled ? undefined : settings.suspendAfterMs;
    const call = callKey(message.id);
    this.clock = new Clock(time, settings.timeLeftMs);
    this.emitter = new Emitter(log, before?.said, (thrown) => {
      this.fail(thrown);
    });
    this.late = new LateWords(log, (text, error) => {
      warn(text, { error });
    });
    this.journal = new AttemptJournal({
      log,
      time,
      lastThrown: settings.lastThrown,
      onStep: settings.onStep,
      patienceMs: settings.patienceMs,
      isHere: () => runningCall.getStore() === this.running,
      flushEmits: () => this.emitter.flush(),
      onDelivered: () => {
        this.waits.told();
        this.cancelWhenCaughtUp();
      },
      onCancelled: () => {
        runningCall.run(this.running, () => {
          this.cancelled.abort(new Error('The call was cancelled.'));
        });
      },
      onMissed: (steps) => {
        warn('the handler has not come to steps that an earlier attempt had recorded', { steps });
      },
    });
    this.waits = new Waits(time, this.clock, {
      maySuspend: () => this.maySuspend(),
      onWaiting: (step) => {
        this.journal.cancelWaiting(step);
        settings.onWait?.(step);
      },
    });
    this.requests = new ClientRequests({
      session,
      call,
      journal: this.journal,
      emitter: this.emitter,
      waits: this.waits,
      time,
      suspendAfterMs,
      signal: this.over.signal,
      warn: (text, error) => {
        warn(text, { error });
      },
    });
    this.running = contextOf({
      input,
      settings,
      log,
      journal: this.journal,
      waits: this.waits,
      requests: this.requests,
      suspendAfterMs,
      signal: this.cancelled.signal,
    });
    this.running.fail = (thrown) => {
      this.fail(thrown);
    };
  }

  /** Never rejects because of the handler. @throws AttemptEnded if a later attempt has begun */
  async run(): Promise<AttemptEnd> {
    const interrupted = new Promise<AttemptEnd>((resolve) => (this.interrupt = resolve));
    inFlight.add(this.running);
    void this.clock.ended.then(() => {
      this.cancel('The call did not end within its time.', 'late');
    });
    try {
      const opened = await Promise.race([this.open(), interrupted]);
      if ('kind' in opened) return await this.finish(opened);
      const { maximumCrashes = MAXIMUM_CRASHES } = this.input.policy;
      if (opened.crashes >= maximumCrashes) return this.crashed(opened.crashes);
      if (this.input.cancelled) this.cancel(this.input.cancelled.reason, 'cancelled');
      const atStep = new Promise<Suspended['suspended']>((resolve) => (this.suspendAtStep = resolve));
      const suspended = Promise.race([this.waits.suspended, atStep]).then((steps) => ({
        kind: 'suspended' as const,
        suspended: steps,
      }));
      const end = await Promise.race([this.handled(), interrupted, suspended]);
      return await this.finish(end);
    } finally {
      this.close();
    }
  }

  /** The handler is told, by its signal and by what it waits for or does next. It may undo what it has done. */
  cancel(reason: string, kind: 'late' | 'cancelled'): void {
    if (this.cancelling) return;
    this.cancelling = { reason, kind };
    this.resume?.();
    this.waits.stop();
    this.clock.stop();
    if (!this.journal.isUsed) return this.giveUp(); // there is nothing to undo
    this.stopGrace = this.settings.time.after(LAST_EXECUTION_MS, () => {
      this.giveUp();
    });
    this.cancelWhenCaughtUp();
  }

  /**
   * The session's run is full, and goes on in the next one when its calls are out of the way: the call is suspended where its next step
   * would begin, if it has no more than so many bytes to go on with.
   */
  handOver(maximumBytes: number): void {
    if (this.cancelling || this.resume) return;
    this.waits.hurry();
    this.resume = this.journal.pause(() => {
      if (!this.journal.heldSteps || !this.journal.isIdle) return;
      if (this.carriedBytes > maximumBytes) this.resume?.();
      else this.suspendAtStep?.({ steps: [], handedOver: true });
    });
  }

  /** Nothing of the attempt counts any more: its worker stops, or another attempt has begun. The handler's signal aborts. */
  abandon(): void {
    this.close();
    this.abortHandler('The attempt was given up.');
  }

  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  /** What the next execution goes on with. */
  leg(thrown: number): ExecutionCheckpoint {
    const { attempt, lastThrown, endedWell } = this.settings;
    const said = this.emitter.saidSoFar();
    const { timeLeftMs } = this.clock;
    return { attempts: attempt, endedWell: endedWell + 1, thrown, lastThrown, timeLeftMs, said };
  }

  private async open(): Promise<{ readonly crashes: number }> {
    if (this.settings.attempt === 1) return { crashes: 0 }; // there is nothing to read
    const { elapsedMs = this.settings.elapsedMs, crashes = 0, saidBytes = 0 } = await this.journal.open();
    this.clock.spend(elapsedMs);
    this.emitter.count(saidBytes);
    if (this.journal.questions.length > 0) {
      await this.requests.follow();
      await this.journal.open(); // what came between
    }
    return { crashes };
  }

  /** Its handler is not run again: it takes its workers with it, and the calls of others there. */
  private crashed(crashes: number): AttemptEnd {
    const { message } = this.input;
    const text = `${callOf(message)} has ended ${crashes} workers in a row, and is given up: it ends its process, blocks it for longer than a heartbeat, or needs more memory than there is. Check whether it took effect before you repeat it.`;
    this.settings.warn('a call is given up that has ended its workers', { crashes });
    return { kind: 'answered', response: failedAnswer(message, text) };
  }

  private async handled(): Promise<AttemptEnd> {
    const { app, input, emitter, requests } = this;
    const { session, message, logLevel, policy } = input;
    const handedOver = runningCall.run(this.running, () =>
      dispatch(app, session, message, {
        logLevel,
        signal: this.givenUp.signal,
        onNotification: (notification, relates) => emitter.notify(notification, relates),
        onLate: (notification) => this.late.say(notification),
        onRequest: (request, given) => requests.ask(request, given),
        onCloseStream: () => {
          emitter.closeConnection();
        },
      }),
    );
    const { response, thrown, missing } = await handedOver.catch((error: unknown) => this.failed(error));
    if (this.cancelling) return { kind: this.cancelling.kind };
    const isLast = !this.settings.runsAgainAfter(thrown);
    if (thrown !== undefined) return { kind: 'threw', response, thrown, isLast };
    return { kind: 'answered', response, missing: policy.isOfUnknown ? undefined : missing };
  }

  /** What it leaves running may still record its end, where another attempt follows. */
  private async finish(end: AttemptEnd): Promise<AttemptEnd> {
    const { journal, emitter } = this;
    if (end.kind === 'suspended') {
      journal.end('ended'); // before anything is awaited: no step may begin now
      await journal.settlements.passFailures();
      journal.end('closed');
      emitter.close();
      await emitter.flush(); // or the next execution would take it for said
      return end;
    }
    this.warnOfUnmet();
    if (end.kind === 'threw' && !end.isLast) {
      journal.end('ended');
      await journal.settlements.forget(end.thrown);
      const isInterrupted = new Promise((resolve) => (this.interrupt = resolve));
      if (end.isStray) this.stopGrace = this.settings.time.after(STRAY_GRACE_MS, () => this.interrupt?.(end));
      await Promise.race([journal.nothingRuns(), this.clock.ended, isInterrupted]);
    }
    if (end.kind === 'late') emitter.close();
    await emitter.flush().catch((error: unknown) => {
      this.settings.warn('what a call said could not be sent', { error });
    });
    if (end.kind === 'threw' && end.isStray) this.abandon();
    return end;
  }

  /** A step that runs at most once runs again under another name: a name must be the same at every attempt. */
  private warnOfUnmet(): void {
    const { unmetOnce } = this.journal;
    if (unmetOnce.length === 0) return;
    this.settings.warn(
      'an earlier attempt began at-most-once steps that this one did not come to: their names, and the way to them, must be the same at every attempt',
      { steps: unmetOnce },
    );
  }

  private giveUp(): void {
    if (this.cancelling) this.interrupt?.({ kind: this.cancelling.kind });
    this.abortHandler(this.cancelling?.reason);
  }

  /** What the handler's listeners throw is thrown by its call. */
  private abortHandler(reason: string | undefined): void {
    runningCall.run(this.running, () => {
      this.cancelled.abort(new Error(reason));
      this.givenUp.abort();
    });
  }

  /**
   * The attempt ends as if its handler had thrown that: its code has, where nobody could catch it, and what the handler waits for may never
   * come; or the call is over a limit, whether or not its handler cares.
   */
  private fail(thrown: unknown): void {
    if (this.cancelling) return this.giveUp();
    const response = failedAnswer(this.input.message, errorOf(thrown).message);
    const isLast = !this.settings.runsAgainAfter(thrown);
    const error = thrown ?? new Error(String(thrown)); // or it would not count as thrown
    this.interrupt?.({ kind: 'threw', response, thrown: error, isLast, isStray: true });
  }

  private cancelWhenCaughtUp(): void {
    if (!this.cancelling || this.cancelled.signal.aborted || !this.journal.deliveries.haveCaughtUp) return;
    this.journal.cancel(this.cancelling.reason, this.waits);
  }

  private maySuspend(): boolean {
    if (!this.journal.isIdle) return false;
    const bytes = this.carriedBytes;
    if (bytes < MAXIMUM_SUSPENDED_BYTES) return true;
    this.warnOfWeight(bytes);
    return false;
  }

  /** What a call carries never becomes less. */
  private warnOfWeight(bytes: number): void {
    if (this.isTooHeavy) return;
    this.isTooHeavy = true;
    this.settings.warn(
      `a call that waits can no longer be suspended, and holds its worker: its request, the values of its steps and its answers have more than ${MAXIMUM_SUSPENDED_BYTES} bytes; let steps return references`,
      { bytes },
    );
  }

  private get carriedBytes(): number {
    const { journal, requests, emitter, input } = this;
    const bytes = jsonBytes([input.message, emitter.saidSoFar()]);
    return journal.values.bytes + requests.bytes + bytes;
  }

  private close(): void {
    this.clock.stop();
    this.waits.stop();
    this.stopGrace?.();
    this.journal.end('closed');
    this.emitter.close();
    this.over.abort();
    inFlight.delete(this.running);
  }

  /** The app itself failed, before or beside its handler. */
  private failed(error: unknown): Dispatched {
    const { id, method } = this.input.message;
    this.settings.warn('the app failed', { error });
    const text = clientTextOf(`The server could not handle ${method}`, error);
    return { response: errorResponse(id, RpcCode.internalError, text), thrown: error ?? new Error(text) };
  }
}
