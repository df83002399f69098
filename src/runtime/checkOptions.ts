/** Checks the options of the programmatic API, whose callers may be untyped JavaScript. The ranges are the command line's. */
import { z } from 'zod/v4';
import { RECOVERIES } from '../model/recovery';
import { LONGEST_TIMER_MS } from '../shared/duration';

const name = z.string().min(1);
const ms = z.number().int().min(1);
const timerMs = ms.max(LONGEST_TIMER_MS);
const port = z.number().int().min(0).max(65_535);
const count = z.number().int().min(1);
const app = z.custom(
  (value) => typeof value === 'function',
  'it is not a function that returns an MCP server',
);
const connection = z.custom(
  (value) => typeof value === 'object' && value !== null,
  'it is not what connect() resolves with',
);
const logger = z.custom(
  (value) => typeof (value as { info?: unknown } | null)?.info === 'function',
  'it is not a pino logger',
);
const recovery = z.enum(RECOVERIES);

const texts = z.array(name);
const issuer = z.strictObject({
  url: name,
  introspection: z.strictObject({ clientId: name, clientSecret: name }).optional(),
});
const authorization = z.strictObject({
  publicUrl: name.optional(),
  issuers: z.array(z.union([name, issuer])).optional(),
  keyFile: name.optional(),
  scopes: texts.optional(),
  impliedScopes: z.record(name, texts).optional(),
  algorithms: texts.optional(),
  claims: texts.optional(),
});

export const NODE_OPTIONS = z.strictObject({
  app,
  temporal: connection,
  taskQueue: name.optional(),
  host: name.optional(),
  port: port.optional(),
  auth: z
    .union([z.literal('none'), authorization], "it is neither 'none' nor known options of authorization")
    .optional(),
  principalKey: name.optional(),
  allowHost: z.array(name).optional(),
  allowOrigin: z.array(name).optional(),
  maxSessions: count.optional(),
  trustProxy: z.union([count, z.literal(0), name]).optional(),
  jsonResponses: z.boolean().optional(),
  idleTtlMs: ms.optional(),
  keepAliveMs: timerMs.optional(),
  reconnectAfterMs: timerMs.optional(),
  longPolls: count.optional(),
  defaultDelivery: z.enum(['at-least-once', 'at-most-once']).optional(),
  recovery: recovery.optional(),
  log: logger.optional(),
});

export const WORKER_OPTIONS = z.strictObject({
  app,
  temporal: connection,
  taskQueue: name.optional(),
  maxConcurrentCalls: count.optional(),
  suspendAfterMs: ms.optional(),
  recovery: recovery.optional(),
  alwaysSuspending: z.boolean().optional(),
  probes: z.strictObject({ host: name, port }).optional(),
  log: logger.optional(),
});

export const CONNECT_OPTIONS = z.strictObject({
  address: name.optional(),
  namespace: name.optional(),
  profile: name.optional(),
  configFile: name.optional(),
  apiKey: name.optional(),
  tls: z.boolean().optional(),
  tlsCertPath: name.optional(),
  tlsKeyPath: name.optional(),
  tlsCaPath: name.optional(),
  tlsServerName: name.optional(),
  dataConverter: z.looseObject({}).optional(),
});

/** @throws Error in one sentence that names the option */
export function checkOptions(options: unknown, schema: z.ZodType, of: string): void {
  const parsed = schema.safeParse(options);
  if (parsed.success) return;
  const [{ path, message } = { path: [], message: 'it is wrong' }] = parsed.error.issues;
  const place = path.length > 0 ? `The option ${path.join('.')} of ${of}` : `What ${of} was given`;
  throw new Error(`${place} cannot be used: ${message}.`);
}
