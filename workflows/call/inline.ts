/**
 * The beginning of an at-least-once call, inside of its session's workflow task. The first attempt begins as a
 * local activity. If it ends within some 50 ms and has used nothing durable, the marker that Temporal records
 * with the task's end is its answer. Otherwise the attempt runs on in its worker, and an activity adopts it
 * there.
 */
import { isCancellation } from '@temporalio/workflow';
import { MAXIMUM_INLINE_BYTES, type CallInput, type CallRequest, type InlineEnd } from '../../src/wire/call';
import type { CommandBudget } from '../commandBudget';
import type { RunLength } from '../runLength';
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

export interface Parts {
  readonly budget: CommandBudget;
  readonly length: RunLength;
}

/** Begins the call. `lost`: its worker did not say how it stands. */
export async function beginInline(
  { message, policy, sentAt = 0 }: CallRequest,
  input: CallInput,
  inFlight: number,
  { budget, length }: Parts,
): Promise<Inline> {
  if (inFlight > MAXIMUM_IN_FLIGHT || !budget.take(MAXIMUM_INLINE_BYTES)) return { kind: 'notBegun' };
  length.inlineCall(); // counted before the call: a replay sees the call's end at another time
  const mayHaveBegunSince = Date.now() - sentAt > YOUNG_MS ? sentAt : undefined;
  try {
    const outcome = await beginInlineOf(message, policy)({ ...input, mayHaveBegunSince });
    return 'response' in outcome ? { kind: 'answered' } : outcome;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { kind: 'lost' };
  }
}

/**
 * Calls that were declared as short, in histories from before 0.3: all of the call was a local activity.
 * Resolves with whether it has ended so; workers from 0.3 on decline, and the call becomes an ordinary
 * activity.
 */
export async function endsShort(
  { message, policy, sentAt, auth }: CallRequest,
  input: Pick<CallInput, 'session' | 'logLevel'>,
  { budget, length }: Parts,
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
