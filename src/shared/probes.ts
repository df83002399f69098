/**
 * The probes of a node or a worker, for orchestrators and people. docs/operations.md says which path serves
 * which purpose.
 */

/**
 * `/livez`: restart the process if it does not answer. `/readyz`: send it work. `/health`: readiness with
 * details for people.
 */
export const PROBE_PATHS = ['/livez', '/readyz', '/health'];

/** Below the 1 s that Kubernetes waits for an answer by default. */
export const PROBE_MS = 900;

export interface Probed {
  /** The reason in a few words; `undefined` if the process takes work. */
  whyNotReady(): string | undefined | Promise<string | undefined>;
  details(): object;
}

export interface ProbeAnswer {
  readonly code: 200 | 503;
  readonly body: object;
}

/**
 * `undefined` if the path is no probe. `/livez` does not depend on Temporal: restarting a process does not
 * help against an outage of Temporal.
 */
export async function answerProbe(path: string, probed: Probed): Promise<ProbeAnswer | undefined> {
  if (!PROBE_PATHS.includes(path)) return undefined;
  if (path === '/livez') return { code: 200, body: { status: 'ok' } };
  const why = await probed.whyNotReady();
  const details = path === '/health' ? probed.details() : {};
  return { code: why === undefined ? 200 : 503, body: { status: why ?? 'ok', ...details } };
}
