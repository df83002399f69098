/** The command line: `durable-mcp dev | http | worker | temporal | sessions`. */
import { isIP } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import { LONGEST_TIMER_MS, milliseconds } from '../shared/duration';
import { RECOVERIES } from '../model/recovery';
import { withoutBrackets } from '../net/address';
import { readEnvironment } from './environment';
import { fail } from './role';

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('give a port from 0 to 65535.');
  return value;
}

function duration(text: string): number {
  const value = milliseconds(text);
  if (!value) throw new InvalidArgumentError("give a time such as '30m' or '24h'.");
  return value;
}

/** Of a timer. */
function shortDuration(text: string): number {
  const value = duration(text);
  if (value > LONGEST_TIMER_MS) throw new InvalidArgumentError('give a time of 24 days at most.');
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('give a number from 1.');
  return value;
}

function hopsOrAddresses(text: string): number | string {
  if (/^\d+$/.test(text)) return Number(text);
  const isAddress = (part: string) =>
    ['loopback', 'linklocal', 'uniquelocal'].includes(part) || isIP(part.replace(/\/\d+$/, '')) > 0;
  if (text.split(',').every((part) => isAddress(part.trim()))) return text;
  throw new InvalidArgumentError('give the number of proxies, or their addresses, separated by commas.');
}

const several = (value: string, before: string[]): string[] => [...before, value];

const temporalOptions = [
  new Option('--temporal <host:port>', 'the Temporal frontend')
    .env('TEMPORAL_ADDRESS')
    .default('127.0.0.1:7233'),
  new Option('--namespace <name>', 'the Temporal namespace').env('TEMPORAL_NAMESPACE').default('default'),
];
const taskQueue = new Option('--task-queue <name>', 'what the nodes and workers of one app share').default(
  'durable-mcp',
);
const suspendAfter = new Option(
  '--suspend-after <time>',
  'how long a call that only waits (for its client, or asleep) holds its place in the worker',
)
  .argParser(duration)
  .default(30_000, '30s');
const maxConcurrentCalls = new Option(
  '--max-concurrent-calls <n>',
  'how many calls a worker runs at once, those included that wait inside of their handler',
)
  .argParser(count)
  .default(1_000);
const recovery = new Option(
  '--recovery <speed>',
  'how soon the calls of a dead worker go on in another; the same for nodes and workers (docs/recovery.md)',
)
  .choices(RECOVERIES)
  .default('normal');
const alwaysSuspending = new Option(
  '--always-suspending',
  'for tests: every wait is suspended at once, and every at-least-once attempt runs twice',
)
  .env('DURABLE_MCP_ALWAYS_SUSPENDING')
  .default(false);
const healthHost = new Option('--health-host <h>', 'the address to answer them on')
  .argParser(withoutBrackets)
  .default('127.0.0.1');
const awaitSupervisor = new Option('--await-supervisor', 'for `dev`: connect when told to')
  .default(false)
  .hideHelp();
const longPolls = new Option(
  '--long-polls <n>',
  'how many sessions a node follows by a long-poll each; streams beyond wait to be woken (docs/internals/design.md)',
)
  .argParser(count)
  .default(200);
const httpOptions = [
  new Option('--port <n>', 'the port; 0 chooses a free one').argParser(port).default(3000),
  new Option('--host <h>', 'the address to listen on').argParser(withoutBrackets).default('127.0.0.1'),
  new Option('--allow-host <name>', 'a further value of the Host header (repeatable)')
    .argParser(several)
    .default([]),
  new Option('--allow-origin <origin>', 'a web page that may connect (repeatable)')
    .argParser(several)
    .default([]),
  new Option(
    '--max-sessions <n>',
    'open sessions of one principal, or, of anonymous clients, of one address, that this node has opened',
  )
    .argParser(count)
    .default(2_000),
  new Option(
    '--trust-proxy <what>',
    "whose X-Forwarded-For says a client's address: how many proxies are before the node, or their addresses (default: none)",
  ).argParser(hopsOrAddresses),
  new Option('--json-responses', 'answer requests with one JSON body instead of a stream').default(false),
  new Option('--idle-ttl <time>', 'how long a session lasts without a message')
    .argParser(duration)
    .default(86_400_000, '24h'),
  new Option(
    '--keep-alive <time>',
    'how long a connection without a request is kept: longer than a balancer keeps it',
  )
    .argParser(shortDuration)
    .default(75_000, '75s'),
  new Option(
    '--reconnect-after <time>',
    'write at the start of each stream how long a client waits before it reconnects (default: nothing is written). No call works then with the Java SDK 0.14 to 2.0 and the Go SDK up to 1.3 (docs/deployment.md)',
  ).argParser(shortDuration),
  new Option(
    '--default-delivery <delivery>',
    'for tools of a server without durable-mcp in it that declare nothing',
  )
    .choices(['at-least-once', 'at-most-once'])
    .default('at-most-once'),
];

/** Commander's option names are the users'; ours are the code's. */
const targetOf = (options: { temporal: string; namespace: string; taskQueue: string }) => ({
  address: options.temporal,
  namespace: options.namespace,
  taskQueue: options.taskQueue,
});

function withOptions(command: Command, options: Option[]): Command {
  options.forEach((option) => command.addOption(option));
  return command;
}

const program = new Command('durable-mcp')
  .description('MCP servers that survive crashes, restarts and deploys: sessions as Temporal workflows')
  .showHelpAfterError();

const appArgument = [
  '<app>',
  'a module whose default export is a function that returns an MCP server',
] as const;
const argsArgument = ['[args...]', "after --: the app's own arguments, in its process.argv"] as const;

withOptions(
  program
    .command('dev')
    .argument(...appArgument)
    .argument(...argsArgument),
  [...httpOptions, taskQueue, maxConcurrentCalls],
)
  .description(
    'run everything here: Temporal, a worker and an HTTP node (TEMPORAL_ADDRESS uses that Temporal instead)',
  )
  .option('--data <dir>', 'where sessions are kept', '.durable-mcp')
  .option('--watch', 'reload the app when a file beside it changes; sessions stay', false)
  .action(async (app: string, args: string[], options) =>
    (await import('./dev.js')).runDev(app, { ...options, args }),
  );

withOptions(
  program
    .command('http')
    .argument(...appArgument)
    .argument(...argsArgument),
  [...temporalOptions, taskQueue, ...httpOptions, longPolls, recovery, awaitSupervisor],
)
  .description('run an HTTP node')
  .action(async (app: string, args: string[], options) => {
    const { runHttp } = await import('./http.js');
    await runHttp(app, {
      ...options,
      args,
      idleTtlMs: options.idleTtl,
      keepAliveMs: options.keepAlive,
      reconnectAfterMs: options.reconnectAfter,
      ...targetOf(options),
    });
  });

withOptions(
  program
    .command('worker')
    .argument(...appArgument)
    .argument(...argsArgument),
  [...temporalOptions, taskQueue],
)
  .description('run a worker')
  .addOption(suspendAfter)
  .addOption(maxConcurrentCalls)
  .addOption(recovery)
  .option('--health-port <n>', 'answer /livez, /readyz and /health there; 0 chooses a free one', port)
  .addOption(healthHost)
  .addOption(alwaysSuspending)
  .addOption(awaitSupervisor)
  .action(async (app: string, args: string[], options) => {
    const { runWorker } = await import('./worker.js');
    await runWorker(app, {
      ...targetOf(options),
      args,
      healthPort: options.healthPort,
      healthHost: options.healthHost,
      recovery: options.recovery,
      maxConcurrentCalls: options.maxConcurrentCalls,
      awaitSupervisor: options.awaitSupervisor,
      suspendAfterMs: options.alwaysSuspending ? 0 : options.suspendAfter,
      runsTwice: options.alwaysSuspending,
    });
  });

program
  .command('temporal')
  .description('run the embedded Temporal server')
  .requiredOption('--data <dir>', 'where it keeps its data')
  .option('--port <n>', 'of its frontend; 0 chooses a free one', port, 7233)
  .option('--ui-port <n>', 'of its UI (default: the port + 1000)', port)
  .action(async (options) => (await import('./temporal.js')).runTemporal(options));

const sessions = program
  .command('sessions')
  .description('what sessions did: reads Temporal, and needs no node and no worker');
const sessionsCommand = (name: string) => withOptions(sessions.command(name), temporalOptions);

sessionsCommand('list')
  .description('one line a session, the newest first')
  .option('--all', 'also those that have ended, as long as Temporal keeps them', false)
  .option('--activity', 'also what is in flight and when each was last active: reads every log', false)
  .option('--limit <n>', 'at most so many', count, 100)
  .action(async (options) => (await import('./sessions.js')).listSessions(targetOf(options), options));

sessionsCommand('show')
  .argument('<id>', 'of the session, or how it begins')
  .description('where a session stands, and what it did, one line an event')
  .option('--follow', 'go on until the session ends', false)
  .action(async (id: string, options) =>
    (await import('./showSession.js')).showSession(targetOf(options), id, options),
  );

sessionsCommand('export')
  .argument('<id>', 'of the session, or how it begins')
  .description(
    'every message in and out, in order, as JSON lines; also after the end, as long as Temporal keeps it',
  )
  .addHelpText(
    'after',
    `
Each line has time, direction (in: from the client, out: to it), eventId, stream, message and, for a request that was
not run as a new call, the verdict. The initialize request and its response stand first, as far as the session keeps
them: client, capabilities and protocol version. What a retried call says again is left out, as it is for the client.
Not in the log, and so not here: what nodes answer by themselves (ping, */list, completion/complete) and refused POSTs.`,
  )
  .action(async (id: string, options) =>
    (await import('./sessions.js')).exportSession(targetOf(options), id),
  );

sessionsCommand('end')
  .argument('<id>', 'of the session, or how it begins')
  .description('end a session: its calls are cancelled, its client gets 404')
  .action(async (id: string, options) => (await import('./sessions.js')).endSession(targetOf(options), id));

try {
  readEnvironment();
} catch (error) {
  fail(error);
}
program.parseAsync().then(() => process.exit(), fail);
