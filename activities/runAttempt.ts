/**
 * Runs one attempt of a call: the author's handler over the call's journal. Independent of Temporal:
 * handleRequest.ts runs an attempt as an activity, `callTool` in memory.
 */
import {
  MAXIMUM_CRASHES,
  callKey,
  type CallInput,
  type ExecutionCheckpoint,
  type Suspended,
} from '../src/wire/call';
import { callOf, failedAnswer } from '../src/mcp/failedAnswer';
import { LAST_EXECUTION_MS } from '../src/wire/signals';
import { AttemptEnded } from '../src/api/errors';
import type { App } from '../src/mcp/app';
import { appFailedResponse } from '../src/mcp/appFault';
import { runningCall, type RunningCall } from '../src/api/runningCall';
import { dispatch, type Dispatched } from '../src/mcp/dispatch';
import { inFlight } from '../src/api/inFlight';
import { contextOf } from './attemptContext';
import { CarriedBytes } from './carriedBytes';
import type { AttemptEnd, AttemptSettings } from './attemptSettings';
import type { CallLog } from './callLog';
import { ClientRequests } from './clientRequests';
import { Clock } from './clock';
import { Emitter } from './emitter';
import { AttemptJournal } from './journal';
import { LateWords } from './lateWords';
import { errorOf } from './thrown';
import { Waits } from './waits';

/** Grace for running steps after a stray exception: the step that probably caused the exception never ends. */
const STRAY_GRACE_MS = 1_000;

/** One reason for all: Node would make an error with a stack for each. */
const OVER = new AttemptEnded();

export class Attempt {
  readonly clock: Clock;
  private readonly emitter: Emitter;
  private readonly late: LateWords;
  private readonly journal: AttemptJournal;
  private readonly waits: Waits;
  private readonly requests: ClientRequests;
  private readonly carried: CarriedBytes;
  private readonly running: RunningCall;
  /** Aborts the signal of the handler's code: the call was cancelled. */
  private readonly cancelled = new AbortController();
  /** Closes the server, which aborts the handler: the attempt was abandoned. */
  private readonly abandoned = new AbortController();
  /** The attempt is over, for whatever reason. */
  private readonly over = new AbortController();
  private cancelling: { readonly reason: string; readonly kind: 'late' | 'cancelled' } | undefined;
  private interrupt: ((end: AttemptEnd) => void) | undefined;
  private stopGrace: (() => void) | undefined;
  private suspendDrained: ((suspended: Suspended['suspended']) => void) | undefined;
  /** Present while the call is drained: unblocks its steps. */
  private resume: (() => void) | undefined;

  constructor(
    private readonly app: App,
    private readonly input: CallInput,
    private readonly log: CallLog,
    private readonly settings: AttemptSettings,
  ) {
    const { session, message, before: previous } = input;
    const { time, warn } = settings;
    const suspendAfterMs = input.cancelled ? undefined : settings.suspendAfterMs;
    const call = callKey(message.id);
    this.clock = new Clock(time, settings.timeLeftMs);
    this.emitter = new Emitter(log, previous?.said, (thrown) => {
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
      onTaken: settings.promote,
      patienceMs: settings.patienceMs,
      isInCallContext: () => runningCall.getStore() === this.running,
      flushEmits: () => this.emitter.flush(),
      onDelivered: () => {
        this.waits.noteDelivery();
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
      maySuspend: () => this.journal.isIdle && this.carried.maySuspend(),
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
    const { emitter, requests } = this;
    this.carried = new CarriedBytes({ message, emitter, values: this.journal.values, requests }, warn);
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
    this.running.promote = settings.promote;
    this.running.fail = (thrown) => {
      this.fail(thrown);
    };
  }

  /** Errors of the handler do not reject it. @throws AttemptEnded if a later attempt has begun */
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
      const drained = new Promise<Suspended['suspended']>((resolve) => (this.suspendDrained = resolve));
      const suspended = Promise.race([this.waits.suspended, drained]).then((steps) => ({
        kind: 'suspended' as const,
        suspended: steps,
      }));
      const end = await Promise.race([this.handled(), interrupted, suspended]);
      return await this.finish(end);
    } finally {
      this.close();
    }
  }

  /**
   * Notifies the handler by its signal and by an error from its current wait or next operation. The handler may
   * then undo its effects.
   */
  cancel(reason: string, kind: 'late' | 'cancelled'): void {
    if (this.cancelling) return;
    this.cancelling = { reason, kind };
    this.resume?.();
    this.waits.stop();
    this.clock.stop();
    if (!this.journal.isUsed) return this.giveUp(); // no step, nothing to undo
    this.stopGrace = this.settings.time.after(LAST_EXECUTION_MS, () => {
      this.giveUp();
    });
    this.cancelWhenCaughtUp();
  }

  /**
   * Drains the call: the session's run is full, and continues as new when its calls are suspended. The call is
   * suspended where its next step would begin, if its checkpoint has at most `maximumBytes`.
   */
  drain(maximumBytes: number): void {
    if (this.cancelling || this.resume) return;
    this.waits.drain();
    this.resume = this.journal.pause(() => {
      if (!this.journal.hasBlockedSteps || !this.journal.isIdle) return;
      if (this.carried.bytes > maximumBytes) this.resume?.();
      else this.suspendDrained?.({ steps: [], handedOver: true });
    });
  }

  /** Abandons the attempt: its worker stops, or a later attempt has begun. Aborts the handler's signal. */
  abandon(): void {
    this.close();
    this.abortHandler('The attempt was given up.');
  }

  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  /** The checkpoint for the next execution. */
  checkpoint(thrown: number): ExecutionCheckpoint {
    const { attempt, lastThrown, endedWell } = this.settings;
    const said = this.emitter.snapshot();
    const { timeLeftMs } = this.clock;
    return { attempts: attempt, endedWell: endedWell + 1, thrown, lastThrown, timeLeftMs, said };
  }

  private async open(): Promise<{ readonly crashes: number }> {
    if (this.settings.attempt === 1) return { crashes: 0 }; // the journal is empty
    const { elapsedMs = this.settings.elapsedMs, crashes = 0, saidBytes = 0 } = await this.journal.open();
    this.clock.spend(elapsedMs);
    this.emitter.count(saidBytes);
    if (this.journal.questions.length > 0) {
      await this.requests.follow();
      await this.journal.open(); // answers that arrived before the log was followed
    }
    return { crashes };
  }

  /** Ends a call that has crashed too many workers: each crash takes the other calls of the worker with it. */
  private crashed(crashes: number): AttemptEnd {
    const { message } = this.input;
    const text = `${callOf(message)} has ended ${crashes} workers in a row, and is given up: it ends its process, blocks it for longer than a heartbeat, or needs more memory than there is. Check whether it took effect before you repeat it.`;
    this.settings.warn('a call is given up that has ended its workers', { crashes });
    return { kind: 'answered', response: failedAnswer(message, text) };
  }

  private async handled(): Promise<AttemptEnd> {
    const { app, input, emitter, requests } = this;
    const { session, message, logLevel, policy, auth } = input;
    const dispatched = runningCall.run(this.running, () =>
      dispatch(app, session, message, {
        logLevel,
        auth,
        signal: this.abandoned.signal,
        onNotification: (notification, relates) => emitter.notify(notification, relates),
        onLate: (notification) => this.late.send(notification),
        onRequest: (request, given) => requests.ask(request, given),
        onCloseStream: () => {
          emitter.closeConnection();
        },
      }),
    );
    const { response, thrown, missing } = await dispatched.catch((error: unknown): Dispatched => {
      this.settings.warn('the app failed', { error });
      const response = appFailedResponse(message, 'handle', error);
      return { response, thrown: error ?? new Error(response.error.message) };
    });
    if (this.cancelling) return { kind: this.cancelling.kind };
    const isLast = !this.settings.runsAgainAfter(thrown);
    if (thrown !== undefined) return { kind: 'threw', response, thrown, isLast };
    return { kind: 'answered', response, missing: policy.isOfUnknown ? undefined : missing };
  }

  /**
   * Completes the end of the attempt. If another attempt follows an error, running steps may still record their
   * ends.
   */
  private async finish(end: AttemptEnd): Promise<AttemptEnd> {
    const { journal, emitter } = this;
    if (end.kind === 'suspended') {
      journal.end('ended'); // before the first await, so that no step begins
      await journal.settlements.passFailures();
      journal.end('closed');
      emitter.close();
      await emitter.flush(); // the checkpoint lists these messages as sent
      return end;
    }
    this.warnOfUnmet();
    if (end.kind === 'threw' && !end.isLast) {
      journal.end('ended');
      await journal.settlements.forget(end.thrown);
      const isInterrupted = new Promise((resolve) => (this.interrupt = resolve));
      if (end.isStray) this.stopGrace = this.settings.time.after(STRAY_GRACE_MS, () => this.interrupt?.(end));
      await Promise.race([journal.untilIdle(), this.clock.ended, isInterrupted]);
    }
    if (end.kind === 'late') emitter.close();
    await emitter.flush().catch((error: unknown) => {
      this.settings.warn('what a call said could not be sent', { error });
    });
    if (end.kind === 'threw' && end.isStray) this.abandon();
    return end;
  }

  /** An at-most-once step with another name at each attempt runs again: names must be the same at every attempt. */
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

  /** Runs in the call's context: an error from a listener of the handler is an error of this call. */
  private abortHandler(reason: string | undefined): void {
    runningCall.run(this.running, () => {
      this.cancelled.abort(new Error(reason));
      this.abandoned.abort();
    });
  }

  /**
   * Ends the attempt as if its handler had thrown `thrown`. Either the handler's code has thrown an error that
   * no caller can catch, so that its waits may never settle; or the call exceeds a limit, even if its handler
   * ignores the error.
   */
  private fail(thrown: unknown): void {
    if (this.cancelling) return this.giveUp();
    const response = failedAnswer(this.input.message, errorOf(thrown).message);
    const isLast = !this.settings.runsAgainAfter(thrown);
    const error = thrown ?? new Error(String(thrown)); // `undefined` would mean that nothing was thrown
    this.interrupt?.({ kind: 'threw', response, thrown: error, isLast, isStray: true });
  }

  private cancelWhenCaughtUp(): void {
    if (!this.cancelling || this.cancelled.signal.aborted || !this.journal.deliveries.haveCaughtUp) return;
    this.journal.cancel(this.cancelling.reason, this.waits);
  }

  private close(): void {
    this.clock.stop();
    this.waits.stop();
    this.stopGrace?.();
    this.journal.end('closed');
    this.emitter.close();
    this.over.abort(OVER);
    inFlight.delete(this.running);
  }
}
