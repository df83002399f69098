/** Before `notifications/initialized`, only `ping` is allowed (specification 2025-11-25, lifecycle). */
import type { Tail } from '../log/tail';
import { Refusal, sessionNotFound } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';

/**
 * Some clients send the notification and a request at the same time, so the notification may be on its way to
 * another node. (`lifecycle.test.ts`)
 */
const WAIT_MS = 2_000;

/** Reads the log to its end first: another node may have taken the notification. @throws Refusal 400, 404 */
export async function assertInitialized(tail: Tail, gone: AbortSignal): Promise<void> {
  await tail.catchUp();
  if (!tail.initialized) await untilInitialized(tail, gone);
  if (tail.initialized) return;
  if (tail.ended) throw sessionNotFound();
  throw new Refusal(
    400,
    RpcCode.invalidRequest,
    'The session is not initialized; send notifications/initialized before any request but ping.',
  );
}

/** Resolves when the log has the notification, the time is up or the client has left. */
function untilInitialized(tail: Tail, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      tail.onNotified.delete(look);
      resolve();
    };
    const look = () => {
      if (tail.initialized) end();
    };
    const timer = setTimeout(end, WAIT_MS);
    tail.onNotified.add(look);
    gone.addEventListener('abort', end, { once: true });
    if (gone.aborted) end();
  });
}
