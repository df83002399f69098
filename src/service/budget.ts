/**
 * Caps what a client can put into the current run of its session's log. Temporal rejects messages to an
 * overlong run, or terminates it, and a run can be continued as new only when its calls allow that. Past a
 * first mark the node therefore refuses all input except what lets calls end; past a second mark it refuses
 * that as well.
 */
import type { RunLoad } from '../log/runLoad';
import type { Tail } from '../log/tail';
import { jsonBytes } from '../wire/bytes';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { CLIENT_MESSAGE_SIGNAL, END_SIGNAL, LEAVE_SIGNAL, type ClientMessageSignal } from '../wire/signals';

/**
 * The session starts a new run below these values, as soon as no call is in flight (workflows/runLength.ts).
 */
const INPUT_MARK = { clientBytes: 16_000_000, signals: 6_000 };
/** Below Temporal's limits, with a margin for what the calls in flight may still write. */
const FULL_MARK = { signals: 8_500, updates: 1_900, events: 40_000, bytes: 40_000_000 };

type Use = 'input' | 'letsCallsEnd' | 'endsUse';

/** What this node has sent, by run. The log may be read later than it is written. */
const sent = new WeakMap<RunLoad, { signals: number; clientBytes: number }>();

/** @throws Refusal 429, 503 */
export async function withinBudget<T>(
  tail: Tail,
  name: string,
  payload: unknown,
  send: () => Promise<T>,
): Promise<T> {
  assertBudget(tail, useOf(name, payload));
  const { load } = tail;
  const mine = sent.get(load) ?? { signals: 0, clientBytes: 0 };
  sent.set(load, mine);
  const bytes = jsonBytes(payload);
  mine.signals++;
  mine.clientBytes += bytes;
  try {
    return await send();
  } catch (error) {
    mine.signals--;
    mine.clientBytes -= bytes;
    throw error;
  }
}

/** @throws Refusal 429, 503 */
export function assertBudget({ load }: Tail, use: Use = 'input'): void {
  if (use === 'endsUse') return;
  const mine = sent.get(load);
  const signals = Math.max(load.signals, mine?.signals ?? 0);
  const clientBytes = Math.max(load.clientBytes, mine?.clientBytes ?? 0);
  const isFull =
    signals >= FULL_MARK.signals ||
    load.updates >= FULL_MARK.updates ||
    load.events >= FULL_MARK.events ||
    Math.max(load.bytes, clientBytes) >= FULL_MARK.bytes;
  if (isFull) throw runIsFull();
  if (use === 'input' && (signals >= INPUT_MARK.signals || clientBytes >= INPUT_MARK.clientBytes))
    throw tooMuchInput();
}

function useOf(name: string, payload: unknown): Use {
  if (name === END_SIGNAL || name === LEAVE_SIGNAL) return 'endsUse';
  if (name !== CLIENT_MESSAGE_SIGNAL) return 'input';
  const { message } = payload as ClientMessageSignal;
  return !('method' in message) || message.method === 'notifications/cancelled' ? 'letsCallsEnd' : 'input';
}

const tooMuchInput = (): Refusal =>
  new Refusal(
    429,
    RpcCode.tooMuch,
    'The session has been sent more than it can take while its calls run; send this again when some have ended.',
    { 'Retry-After': '5' },
  );

export const runIsFull = (): Refusal =>
  new Refusal(
    503,
    RpcCode.tooMuch,
    "The session's log has no room until its running calls have ended; cancel some, or send this again later.",
    { 'Retry-After': '1' },
  );
