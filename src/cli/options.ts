/**
 * Every option of every command. The command line, `--help`, the arguments that `dev` passes to its roles,
 * and docs/reference/cli.md (`npm run docs:cli`) are made from this table.
 */
import { NODE_DEFAULTS, WORKER_DEFAULTS } from '../runtime/defaults';
import { DEFAULT_TASK_QUEUE } from '../temporal/appContext';
import { RECOVERIES } from '../model/recovery';
import { AUTH_OPTIONS } from './authOptions';
import { CLIENT_OPTIONS } from './clientOptions';
import { CONNECTION_OPTIONS } from './connectionOptions';
import * as kinds from './optionKinds';
import { option, optional, required, type OptionSpec } from './optionSpec';

export { AUTH } from './authOptions';
export { SERVER } from './clientOptions';
export { CONNECTION } from './connectionOptions';

/** The key is the option's name in code: `taskQueue` for `--task-queue`. */
export const OPTIONS = {
  ...CONNECTION_OPTIONS,
  ...AUTH_OPTIONS,
  ...CLIENT_OPTIONS,
  taskQueue: option({
    kind: kinds.called('name', kinds.text),
    description: 'what the nodes and workers of one app share',
    default: DEFAULT_TASK_QUEUE,
  }),
  recovery: option({
    kind: kinds.oneOf('speed', RECOVERIES),
    description:
      'how soon the calls of a dead worker go on in another; the same for nodes and workers (docs/recovery.md)',
    default: NODE_DEFAULTS.recovery,
  }),
  port: option({
    kind: kinds.port,
    description: 'the port; 0 chooses a free one',
    default: NODE_DEFAULTS.port,
  }),
  host: option({ kind: kinds.host, description: 'the address to listen on', default: NODE_DEFAULTS.host }),
  allowHost: option({
    kind: kinds.hostNames,
    description: 'a further value of the Host header (repeatable)',
    default: [],
  }),
  allowOrigin: option({
    kind: kinds.origins,
    description: 'a web page that may connect (repeatable)',
    default: [],
  }),
  maxSessions: option({
    kind: kinds.count,
    description:
      'open sessions of one principal, or, of anonymous clients, of one address, that this node has opened',
    default: NODE_DEFAULTS.maxSessions,
  }),
  trustProxy: optional({
    kind: kinds.hopsOrAddresses,
    description:
      "whose X-Forwarded-For says a client's address: how many proxies are before the node, or their addresses (default: none)",
  }),
  jsonResponses: option({
    kind: kinds.flag,
    description: 'answer requests with one JSON body instead of a stream',
    default: NODE_DEFAULTS.jsonResponses,
  }),
  idleTtl: option({
    kind: kinds.duration,
    description: 'how long a session lasts without a message',
    default: NODE_DEFAULTS.idleTtlMs,
    defaultText: '24h',
  }),
  keepAlive: option({
    kind: kinds.shortDuration,
    description: 'how long a connection without a request is kept: longer than a balancer keeps it',
    default: NODE_DEFAULTS.keepAliveMs,
    defaultText: '75s',
  }),
  reconnectAfter: optional({
    kind: kinds.shortDuration,
    description:
      'write at the start of each stream how long a client waits before it reconnects (default: nothing is written). No call works then with the Java SDK 0.14 to 2.0 and the Go SDK up to 1.3 (docs/deployment.md)',
  }),
  defaultDelivery: option({
    kind: kinds.oneOf('delivery', ['at-least-once', 'at-most-once'] as const),
    description: 'for tools of a server without durable-mcp in it that declare nothing',
    default: NODE_DEFAULTS.defaultDelivery,
  }),
  longPolls: option({
    kind: kinds.count,
    description:
      'how many sessions a node follows by a long-poll each; streams beyond wait to be woken (docs/internals/design.md)',
    default: NODE_DEFAULTS.longPolls,
  }),
  suspendAfter: option({
    kind: kinds.duration,
    description: 'how long a call that only waits (for its client, or asleep) holds its place in the worker',
    default: WORKER_DEFAULTS.suspendAfterMs,
    defaultText: '30s',
  }),
  maxConcurrentCalls: option({
    kind: kinds.count,
    description: 'how many calls a worker runs at once, those included that wait inside of their handler',
    default: WORKER_DEFAULTS.maxConcurrentCalls,
  }),
  healthPort: optional({
    kind: kinds.port,
    description:
      'answer /livez, /readyz and /health of the worker there; 0 chooses a free one (default: nowhere)',
  }),
  healthHost: option({
    kind: kinds.host,
    description: 'the address to answer them on',
    default: '127.0.0.1',
  }),
  alwaysSuspending: option({
    kind: kinds.flag,
    description: 'for tests: every wait is suspended at once, and every at-least-once attempt runs twice',
    default: WORKER_DEFAULTS.alwaysSuspending,
    env: 'DURABLE_MCP_ALWAYS_SUSPENDING',
  }),
  awaitSupervisor: option({
    kind: kinds.flag,
    description: 'for `dev`: connect when told to',
    default: false,
    hidden: true,
  }),
  data: option({
    kind: kinds.called('dir', kinds.text),
    description: 'the folder of API keys and, for dev, of the embedded Temporal server',
    default: '.durable-mcp',
  }),
  watch: option({
    kind: kinds.flag,
    description:
      'reload the app when a file of code (.ts, .js and their kin) beside or below it changes; sessions stay',
    default: false,
  }),
  name: required({
    kind: kinds.called('name', kinds.text),
    description: 'whose key it is: the subject of its calls',
  }),
  scope: option({ kind: kinds.scopes, description: 'a scope that the key has (repeatable)', default: [] }),
  all: option({
    kind: kinds.flag,
    description: 'also those that have ended, as long as Temporal keeps them',
    default: false,
  }),
  activity: option({
    kind: kinds.flag,
    description: 'also what is in flight and when each was last active: reads every log',
    default: false,
  }),
  limit: option({ kind: kinds.count, description: 'at most so many', default: 100 }),
  follow: option({ kind: kinds.flag, description: 'go on until the session ends', default: false }),
  serverData: required({
    flag: 'data',
    kind: kinds.called('dir', kinds.text),
    description: 'where the server keeps its data',
  }),
  serverPort: option({
    flag: 'port',
    kind: kinds.port,
    description: "the frontend's port; 0 chooses a free one",
    default: 7233,
  }),
  uiPort: optional({ kind: kinds.port, description: "the UI's port (default: the frontend's + 1000)" }),
} as const;

export type OptionName = keyof typeof OPTIONS;
export type ValueOf<N extends OptionName> = (typeof OPTIONS)[N] extends OptionSpec<infer T> ? T : never;
/** The values that a command with the options `Names` receives. */
export type ValuesOf<Names extends readonly OptionName[]> = { -readonly [N in Names[number]]: ValueOf<N> };

export const HTTP = [
  'port',
  'host',
  'allowHost',
  'allowOrigin',
  'maxSessions',
  'trustProxy',
  'jsonResponses',
  'idleTtl',
  'keepAlive',
  'reconnectAfter',
  'defaultDelivery',
  'longPolls',
] as const;

export const WORKER = ['suspendAfter', 'maxConcurrentCalls', 'alwaysSuspending'] as const;
/** Not for `dev`: its new worker starts before the old one has ended, and both would need the port. */
export const PROBES = ['healthPort', 'healthHost'] as const;

/** Options of both nodes and workers. */
export const ROLE = ['taskQueue', 'recovery'] as const;
