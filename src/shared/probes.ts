/** What orchestrators and people ask a node or a worker of itself: docs/operations.md says which path is for what. */

/** Alive: to be killed and started again if this is not answered. Ready: to be given work. Health: ready, with what people want to know. */
export const PROBE_PATHS = ['/livez', '/readyz', '/health'];

/** Below the 1 s that Kubernetes waits for an answer by default. */
export const PROBE_MS = 900;

export interface Probed {
  /** In a few words; `undefined` for one that takes work. */
  whyNotReady(): string | undefined | Promise<string | undefined>;
  details(): object;
}

export interface ProbeAnswer {
  readonly code: 200 | 503;
  readonly body: object;
}

/** `undefined` for a path that is no probe's. An outage of Temporal is no reason to start anything again, so it never reaches `/livez`. */
export async function answerProbe(path: string, probed: Probed): Promise<ProbeAnswer | undefined> {
  if (!PROBE_PATHS.includes(path)) return undefined;
  if (path === '/livez') return { code: 200, body: { status: 'ok' } };
  const why = await probed.whyNotReady();
  const details = path === '/health' ? probed.details() : {};
  return { code: why === undefined ? 200 : 503, body: { status: why ?? 'ok', ...details } };
}
