/**
 * Temporal refuses calls when one of its own limits is reached (gRPC's RESOURCE_EXHAUSTED). Clients that all
 * retried after a second would prolong the shortage, so the longer it lasts, the later they are told to come
 * back. (`shortage.test.ts`)
 */
const PAUSE_SECONDS = { least: 1, most: 60 };
/** Refusals that are no further apart than this belong to one shortage. */
const ONE_SHORTAGE_MS = 90_000;

let began = -Infinity;
let last = -Infinity;

/**
 * Seconds for `Retry-After`. Half of the pause is random, so that clients that were refused together do not
 * come back together.
 */
export function pauseInShortage(now = performance.now()): number {
  if (now - last > ONE_SHORTAGE_MS) began = now;
  last = now;
  const most = Math.min(Math.max((now - began) / 1_000, 2 * PAUSE_SECONDS.least), PAUSE_SECONDS.most);
  return Math.ceil(most / 2 + (Math.random() * most) / 2);
}
