/**
 * Begins a call inside of its session's workflow task. Returns the answer of a quick call; any other call is
 * promoted, and its attempt runs on here. (`inlineFirst.test.ts`)
 */
import { CancelledFailure, Context } from '@temporalio/activity';
import { inFlight } from '../src/api/inFlight';
import { jsonBytes } from '../src/wire/bytes';
import {
  MAXIMUM_INLINE_BYTES,
  type InlineAnswer,
  type InlineInput,
  type InlineOutcome,
} from '../src/wire/call';
import { Adoption } from './adoption';
import { answerOfCancelled } from './answerOfCancelled';
import type { AttemptEnd } from './attemptSettings';
import { beginAttempt, type CallsOfWorker } from './beginAttempt';
import { keyOf, type Held } from './heldAttempts';
import { hasLostTask } from './lostTasks';
import { storable } from './storable';

/** So long the other requests of the session may have to wait for one call. */
const QUICK_MS = 50;

export async function beginInline(worker: CallsOfWorker, input: InlineInput): Promise<InlineOutcome> {
  const { held, client } = worker;
  const { info, cancelled, cancellationSignal } = Context.current();
  const key = keyOf(info, input);
  const refused = answerOfCancelled(input);
  if (refused) {
    held.giveUp(key); // it may have begun in a try of the task that did not know of the cancellation
    return { said: [], response: refused };
  }
  // Before all else: whoever runs the call now, it may be its second attempt.
  if (!held.get(key)) {
    const { mayHaveBegunSince: since } = input;
    if (since !== undefined && (await hasLostTask(client, info, since))) return { kind: 'died' };
    cancellationSignal.throwIfAborted(); // that took too long, or the call is cancelled
  }
  const attempt =
    held.get(key) ?? (mayBegin(worker, input) ? held.hold(key, begin(worker, input)) : undefined);
  if (!attempt) return { kind: 'notBegun' };
  if (!('adoption' in attempt)) return attempt;
  try {
    const answer = await Promise.race([quickAnswer(attempt, input), cancelled]);
    return answer ? held.keep(key, answer, jsonBytes(answer)) : { kind: 'promoted', worker: held.taskQueue };
  } catch (error) {
    // Otherwise the handler has blocked its worker for too long: the activity finds the attempt nevertheless.
    if (error instanceof CancelledFailure && error.message === 'CANCELLED') held.giveUp(key);
    throw error;
  }
}

const mayBegin = ({ held, settings }: CallsOfWorker, input: InlineInput): boolean =>
  input.mayBegin && !settings.runsTwice && !held.isClosed && inFlight.size < settings.maxConcurrentCalls;

function begin(worker: CallsOfWorker, input: InlineInput): Held {
  const adoption = new Adoption();
  const { timeoutMs } = input.policy;
  const first = { attempts: 0, endedWell: 0, thrown: 0, lastThrown: 0, timeLeftMs: timeoutMs, elapsedMs: 0 };
  const begun = beginAttempt(worker, input, first, adoption);
  const end = begun.attempt.run();
  end.catch(() => undefined); // who adopts the attempt handles it
  return { ...begun, end, adoption };
}

/** `undefined` if the attempt is not quick, or has used or done what an activity is needed for. */
async function quickAnswer(
  { adoption, end }: Held,
  { message }: InlineInput,
): Promise<InlineAnswer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, QUICK_MS)));
  const ended = await Promise.race([end, late, adoption.promoted]);
  clearTimeout(timer);
  if (!ended || !hasAnswer(ended) || adoption.isPromoted) return undefined;
  const answer = { said: [], response: storable(message, ended.response) };
  return jsonBytes(answer) <= MAXIMUM_INLINE_BYTES ? answer : undefined;
}

/** No further attempt follows, and the worker's log has nothing to say of it. */
const hasAnswer = (end: AttemptEnd): end is Extract<AttemptEnd, { kind: 'answered' | 'threw' }> =>
  end.kind === 'answered' ? end.missing === undefined : end.kind === 'threw' && end.isLast;
