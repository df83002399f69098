/**
 * The beginning of an at-least-once call, inside of its session's workflow task. The first attempt begins as a
 * local activity. If it ends within some 50 ms and has used nothing durable, the marker that Temporal records
 * with the task's end is its answer. Otherwise the attempt runs on in its worker, and an activity adopts it
 * there.
 */
import { isCancellation } from '@temporalio/workflow';
import {
  MAXIMUM_INLINE_BYTES,
  type CallInput,
  type CallRequest,
  type InlineEnd,
  type InlineInput,
} from '../../src/wire/call';
import type { RunParts } from '../runParts';
import { beginInlineOf, handleShortOf } from './callActivities';

/**
 * A workflow task that times out has run for longer than this. So only an older request can have begun in an
 * earlier try of the present task.
 */
const YOUNG_MS = 4_000;
/**
 * Calls of one session beyond this many in flight begin as ordinary activities, which Temporal spreads over the
 * workers: those that begin inline all begin in the worker that has the session.
 */
const MAXIMUM_IN_FLIGHT = 20;

export type Inline = InlineEnd | { readonly kind: 'answered' } | { readonly kind: 'lost' };

export type Plan = Pick<InlineInput, 'mayBegin' | 'mayHaveBegunSince'>;

/**
 * How the call is to begin; `undefined`: as an activity. The time must not decide about a call that has waited for
 * another to end (`hasWaited`): a replay has another time there.
 */
export function planOf(
  { policy, sentAt = 0 }: CallRequest,
  { inFlight, hasWaited }: { inFlight: number; hasWaited: boolean },
  { budget }: RunParts,
): Plan | undefined {
  if (!policy.inlineFirst) return undefined;
  const mayBegin = inFlight <= MAXIMUM_IN_FLIGHT && budget.take(MAXIMUM_INLINE_BYTES);
  const isYoung = !hasWaited && Date.now() - sentAt <= YOUNG_MS;
  if (!mayBegin && (hasWaited || isYoung)) return undefined;
  return { mayBegin, mayHaveBegunSince: isYoung ? undefined : sentAt };
}

/**
 * Begins the call. `lost`: its worker did not say how it stands. Whoever goes on with the call ends the turn
 * when that has begun.
 */
export async function beginInline(
  { message, policy }: CallRequest,
  input: InlineInput,
  { length, turns }: RunParts,
): Promise<{ readonly begun: Inline; readonly endTurn: () => void }> {
  length.inlineCall(); // counted before the call: a replay sees the call's end at another time
  const begin = beginInlineOf(message, policy);
  const ended = begin(input).then(
    (outcome): Inline => ('response' in outcome ? { kind: 'answered' } : outcome),
    (error: unknown): Inline => {
      if (isCancellation(error)) throw error;
      return { kind: 'lost' };
    },
  );
  const begun = await ended;
  return { begun, endTurn: await turns.take() };
}

/**
 * Calls that were declared as short, in histories from before 0.3: all of the call was a local activity.
 * Resolves with whether it has ended so; workers from 0.3 on decline, and the call becomes an ordinary
 * activity.
 */
export async function endsShort(
  { message, policy, sentAt, auth }: CallRequest,
  input: Pick<CallInput, 'session' | 'logLevel'>,
  { budget, length }: RunParts,
  saysToSession: () => void,
): Promise<boolean> {
  const handleShort = handleShortOf(message, policy);
  if (!budget.take(MAXIMUM_INLINE_BYTES)) await budget.wait(MAXIMUM_INLINE_BYTES);
  length.inlineCall();
  try {
    const { said } = await handleShort({ message, policy, sentAt, auth, ...input });
    if (said.some(({ to }) => to === 'session')) saysToSession();
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
