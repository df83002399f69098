/**
 * Temporal refuses calls when a limit of its own is reached (gRPC's RESOURCE_EXHAUSTED). Clients that all come back after a second would keep
 * it so: the longer that lasts, the later they are asked to come back. (`shortage.test.ts`)
 */
const PAUSE_SECONDS = { least: 1, most: 60 };
/** Refusals with no longer pauses between them are one shortage. */
const ONE_SHORTAGE_MS = 90_000;

let began = -Infinity;
let last = -Infinity;

/** For `Retry-After`. Half of it by chance, so that those who were refused together do not come back together. */
export function pauseInShortage(now = performance.now()): number {
  if (now - last > ONE_SHORTAGE_MS) began = now;
  last = now;
  const most = Math.min(Math.max((now - began) / 1_000, 2 * PAUSE_SECONDS.least), PAUSE_SECONDS.most);
  return Math.ceil(most / 2 + (Math.random() * most) / 2);
}
