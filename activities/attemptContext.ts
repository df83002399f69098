/** Builds the `ctx` of one attempt: steps, client requests, sleeps and state, all over one journal. */
import { callKey, type CallInput } from '../src/wire/call';
import type { RunningCall } from '../src/api/runningCall';
import type { AttemptSettings } from './attemptSettings';
import type { CallLog } from './callLog';
import type { ClientRequests } from './clientRequests';
import type { AttemptJournal } from './journal';
import { idempotencyKeysOf } from './idempotencyKeys';
import { operationIdsOf } from './operations';
import { Sleep } from './sleep';
import { State } from './state';
import { Steps } from './steps';
import type { Waits } from './waits';

export interface ContextOf {
  readonly input: CallInput;
  readonly settings: AttemptSettings;
  readonly log: CallLog;
  readonly journal: AttemptJournal;
  readonly waits: Waits;
  readonly requests: ClientRequests;
  /** How long a wait occupies its activity slot before the call is suspended; `undefined`: never suspended. */
  readonly suspendAfterMs: number | undefined;
  /** Aborts when the call is cancelled. */
  readonly signal: AbortSignal;
}

export function contextOf(of: ContextOf): RunningCall {
  const { input, settings, log, journal, waits, requests, suspendAfterMs, signal } = of;
  const { session, logLevel } = input;
  const call = callKey(input.message.id);
  const sleep = new Sleep(log, journal, waits, settings.time, suspendAfterMs);
  const steps = new Steps(journal, idempotencyKeysOf(input), signal);
  return {
    session,
    request: input.message.id,
    attempt: settings.attempt,
    auth: input.auth,
    logLevel,
    signal,
    steps,
    once: (what, act) => steps.once(what, act),
    ask: (name, send, options) => requests.named(name, send, options),
    sleep: (name, duration, options) => sleep.until(name, duration, options),
    state: new State(log, journal, session),
    operationId: operationIdsOf(session.id, call),
  };
}
