/**
 * All commands with their arguments and options. A command's implementation is imported only when the command
 * runs.
 */
import { command, type Argument, type CommandSpec } from './command';
import { AUTH, CONNECTION, HTTP, PROBES, ROLE, SERVER, WORKER } from './options';

const APP: Argument = {
  name: '<app>',
  description: 'a module whose default export is a function that returns an MCP server',
};
const ARGS: Argument = {
  name: '[args...]',
  description: "after --: the app's own arguments, in its process.argv",
};
const TARGET: Argument = {
  name: '<server>',
  description: 'its URL, or the command line that starts it, in quotes; with --config, its name in the file',
};
const SESSION: Argument = { name: '<id>', description: 'of the session, or how it begins' };

/** Names under which there are several commands. */
export const GROUPS: readonly { readonly name: string; readonly description: string }[] = [
  { name: 'keys', description: 'API keys, for nodes with --auth-keys' },
  { name: 'sessions', description: 'what sessions did: reads Temporal, and needs no node and no worker' },
];

export const COMMANDS: readonly CommandSpec[] = [
  command({
    name: 'init',
    description: 'write a new project: a server, its test, and a Dockerfile',
    args: [{ name: '[dir]', description: 'where; made if it is not there (default: here)' }],
    options: [],
    run: async ([dir = '.']) => (await import('./init.js')).runInit(dir),
  }),
  command({
    name: 'dev',
    description:
      'run everything here: Temporal, a worker and an HTTP node (--temporal and --profile use that Temporal instead)',
    args: [APP, ARGS],
    options: [...HTTP, ...AUTH, ...WORKER, ...ROLE, ...CONNECTION, 'data', 'watch'],
    run: async ([app = ''], rest, values) => (await import('./dev.js')).runDev(app, rest, values),
  }),
  command({
    name: 'http',
    description: 'run an HTTP node',
    args: [APP, ARGS],
    options: [...CONNECTION, ...ROLE, ...HTTP, ...AUTH, 'data', 'awaitSupervisor'],
    run: async ([app = ''], rest, values) => (await import('./http.js')).runHttp(app, rest, values),
  }),
  command({
    name: 'worker',
    description: 'run a worker',
    args: [APP, ARGS],
    options: [...CONNECTION, ...ROLE, ...WORKER, ...PROBES, 'awaitSupervisor'],
    run: async ([app = ''], rest, values) => (await import('./worker.js')).runWorker(app, rest, values),
  }),
  command({
    name: 'temporal',
    description: 'run the embedded Temporal server',
    args: [],
    options: ['serverData', 'serverPort', 'uiPort'],
    run: async (_args, _rest, { serverData: data, serverPort: port, uiPort }) =>
      (await import('./temporal.js')).runTemporal({ data, port, uiPort }),
  }),
  command({
    name: 'keys add',
    description: 'make an API key and print it, once; its hash is kept',
    args: [],
    options: ['name', 'scope', 'data'],
    run: async (_args, _rest, { name, scope, data }) =>
      (await import('./keys.js')).runAddKey(data, name, scope),
  }),
  command({
    name: 'keys list',
    description: 'one line a key: its name, when it was made, its scopes',
    args: [],
    options: ['data'],
    run: async (_args, _rest, { data }) => (await import('./keys.js')).listKeys(data),
  }),
  command({
    name: 'keys revoke',
    description: 'refuse a key from now on, and close its streams',
    args: [],
    options: ['name', 'data'],
    run: async (_args, _rest, { name, data }) => (await import('./keys.js')).runRevokeKey(data, name),
  }),
  command({
    name: 'sessions list',
    description: 'one line a session, the newest first',
    args: [],
    options: ['all', 'activity', 'limit', ...CONNECTION],
    run: async (_args, _rest, values) => (await import('./sessions.js')).listSessions(values, values),
  }),
  command({
    name: 'sessions show',
    description: 'where a session stands, and what it did, one line an event',
    args: [SESSION],
    options: ['follow', ...CONNECTION],
    run: async ([id = ''], _rest, values) =>
      (await import('./showSession.js')).showSession(values, id, values),
  }),
  command({
    name: 'sessions export',
    description:
      'every message in and out, in order, as JSON lines; also after the end, as long as Temporal keeps it',
    args: [SESSION],
    options: CONNECTION,
    notes: `Each line has time, direction (in: from the client, out: to it), eventId, stream, message and, for a request that was
not run as a new call, the verdict. The initialize request and its response stand first, as far as the session keeps
them: client, capabilities and protocol version. What a retried call says again is left out, as it is for the client.
Not in the log, and so not here: what nodes answer by themselves (ping, */list, completion/complete) and refused POSTs.`,
    run: async ([id = ''], _rest, values) => (await import('./sessions.js')).exportSession(values, id),
  }),
  command({
    name: 'sessions end',
    description: 'end a session: its calls are cancelled, its client gets 404',
    args: [SESSION],
    options: CONNECTION,
    run: async ([id = ''], _rest, values) => (await import('./sessions.js')).endSession(values, id),
  }),
  command({
    name: 'call',
    description: "call a tool of an MCP server, anyone's: the server's questions are asked here",
    args: [
      TARGET,
      { name: '<tool>', description: 'its name, as `durable-mcp tools` prints it' },
      {
        name: '[args...]',
        description: "the tool's arguments: name=value, typed as the tool wants them, or one JSON object",
      },
    ],
    options: [...SERVER, 'key', 'store', 'timeout'],
    notes: `The exit code is 0 after a result, 1 after an error, the tool's own included, 3 if the call may have run and its answer cannot
be had, and 130 after Ctrl-C, which cancels the call at the server; pressed again, it ends the command at once.`,
    run: async ([target = '', tool = ''], rest, values) =>
      (await import('./callTool.js')).runCall(target, tool, rest, values),
  }),
  command({
    name: 'tools',
    description: 'the tools of an MCP server, with their arguments',
    args: [TARGET],
    options: SERVER,
    run: async ([target = ''], _rest, values) => (await import('./tools.js')).listTools(target, values),
  }),
  command({
    name: 'resources',
    description: 'the resources of an MCP server, and their templates',
    args: [TARGET],
    options: [...SERVER, 'read'],
    run: async ([target = ''], _rest, values) =>
      (await import('./resources.js')).runResources(target, values),
  }),
];
