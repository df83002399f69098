/** The default settings of nodes and workers, for the command line and for programs. */

export const NODE_DEFAULTS = {
  host: '127.0.0.1',
  port: 3000,
  allowHost: [] as readonly string[],
  allowOrigin: [] as readonly string[],
  maxSessions: 2_000,
  jsonResponses: false,
  idleTtlMs: 86_400_000,
  keepAliveMs: 75_000,
  longPolls: 200,
  defaultDelivery: 'at-most-once',
  recovery: 'normal',
} as const;

export const WORKER_DEFAULTS = {
  maxConcurrentCalls: 1_000,
  suspendAfterMs: 30_000,
  recovery: 'normal',
  alwaysSuspending: false,
} as const;
