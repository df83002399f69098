/**
 * Checks what a caller gives to `connect`: callers may be untyped JavaScript or JSON. Durations are checked where
 * they are read (core/settings).
 */
import { z } from 'zod/v4';
import type { ConnectOptions, HttpTarget, Target } from './options';
import type { StdioTarget } from '../stdio/target';

const aFunction = z.custom((value) => typeof value === 'function', 'it is no function');
const anObject = z.custom((value) => typeof value === 'object' && value !== null, 'it is no object');
const duration = z.union([z.number(), z.string()], "give milliseconds, or a text such as '10s'");
const text = z.string();
const positive = z.number().positive();

const handlers = {
  elicit: aFunction,
  sample: aFunction,
  roots: aFunction,
  log: aFunction,
  progress: aFunction,
  resourceUpdated: aFunction,
  listChanged: aFunction,
  state: aFunction,
} satisfies Record<keyof NonNullable<ConnectOptions['on']>, z.ZodType>;

const options = {
  store: anObject,
  user: text,
  namespace: text,
  mode: z.enum(['exclusive', 'shared']),
  joins: z.union([z.boolean(), z.literal('auto')], "give true, false or 'auto'"),
  resend: z.union([z.enum(['never', 'safe']), aFunction], "give 'never', 'safe' or a function"),
  backoff: partial({ first: duration, factor: positive, max: duration, giveUp: duration }),
  timeout: partial({
    connect: duration,
    request: duration,
    call: duration,
    silence: duration,
    resetOnProgress: z.boolean(),
  }),
  ttl: duration,
  onWarning: aFunction,
  restart: partial({ attempts: z.number().int().min(0), within: duration }),
  clientInfo: z.looseObject({ name: text, version: text }),
  on: partial(handlers),
  lists: z.enum(['cache', 'fetch']),
  ping: z.union([duration, z.literal(false)], "give milliseconds, a text such as '30s', or false"),
} satisfies Record<keyof ConnectOptions, z.ZodType>;

const http = {
  url: z.union([text, z.instanceof(URL)]),
  headers: z.union([z.record(text, text), aFunction], 'give texts by name, or a function'),
  auth: z.custom(
    (value) => typeof value === 'object' && value !== null && ('token' in value || 'tokens' in value),
    "give a TokenSource, or a provider of the SDK's OAuth",
  ),
  fetch: aFunction,
  pool: partial({ connections: z.number().int().positive() }),
  tls: partial({ ca: z.unknown(), cert: z.unknown(), key: z.unknown() }),
} satisfies Record<keyof HttpTarget, z.ZodType>;

/** The other types are checked where the process is started. */
const command = {
  command: text.min(1),
  args: z.array(text),
  cwd: z.unknown(),
  env: z.unknown(),
  inheritEnv: z.unknown(),
  stderr: z.unknown(),
  stop: z.unknown(),
  maxMessage: z.unknown(),
} satisfies Record<keyof StdioTarget, z.ZodType>;

function partial(shape: Record<string, z.ZodType>) {
  return z.strictObject(shape).partial();
}

const OPTIONS = partial(options);
const HTTP = partial(http);
const COMMAND = partial(command);

/** @throws TypeError that names each wrong option */
export function checkOptions(given: unknown): void {
  check(OPTIONS, given, 'The options of the connection are wrong');
}

/** @throws TypeError that says what a target is, or names each wrong option of it */
export function checkTarget(target: unknown): asserts target is Target {
  if (typeof target === 'string' || target instanceof URL) return checkUrl(target);
  if (typeof target !== 'object' || target === null) throw noTarget(target);
  if ('command' in target && 'url' in target)
    throw new TypeError('The target has a command and a url; give the one or the other.');
  if ('command' in target) return check(COMMAND, target, 'The target is wrong');
  if (!('url' in target)) throw noTarget(target);
  check(HTTP, target, 'The target is wrong');
  checkUrl((target as HttpTarget).url);
}

function checkUrl(given: string | URL): void {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new TypeError(
      `${JSON.stringify(given)} is no URL of an MCP server; give one that begins with http:// or https://, or { command, args } for a program.`,
    );
  if (url.username || url.password)
    throw new TypeError(`The URL of ${url.host} has a name or a password; give them by headers or auth.`);
}

function check(shape: z.ZodType, given: unknown, what: string): void {
  const { error } = shape.safeParse(given);
  if (!error) return;
  throw new TypeError(`${what}: ${error.issues.map(said).join('; ')}.`);
}

function said(issue: z.core.$ZodIssue): string {
  const at = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return `${at || 'they'}: ${issue.message}`;
  return issue.keys.map((key) => `there is no ${[...issue.path, key].join('.')}`).join('; ');
}

const noTarget = (target: unknown): TypeError =>
  new TypeError(
    `connect needs a URL, { url } or { command }; it got ${target === undefined ? 'undefined' : JSON.stringify(target)}.`,
  );
