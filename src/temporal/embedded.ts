/**
 * The embedded Temporal server: one process, with its data in one SQLite file, so that sessions outlive the
 * server. Temporal's client is imported only where needed: its import takes as long as the server's start.
 */
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { portOf } from '../net/address';
import { SEARCH_ATTRIBUTES } from '../wire/searchAttributes';
import { findTemporalCommand, type Say } from './findServer';
import { freePort } from './freePort';
import { hiddenIp, startUiProxy } from './uiProxy';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const LOOK_AGAIN_MS = 20;
const MOST_SAID = 50_000;
/** A server whose parent dies is stopped at once by its guard, and then writes its pending data. */
const PREDECESSOR_GOES_WITHIN_MS = 5_000;
const TRY_AGAIN_MS = 100;
/** The umask for new files: the data contains all messages of sessions. */
const OWNER_ONLY = 0o077;
/** The file beside the database that holds the address of its server. */
const ADDRESS_FILE = 'temporal.address';
/** The types of search attributes as the command line names them. */
const SEARCH_ATTRIBUTE_TYPES = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' };

export interface EmbeddedOptions {
  /** The folder for the database file; created if missing. */
  readonly data: string;
  /** The frontend's port; 0 chooses a free one. */
  readonly port: number;
  readonly uiPort: number;
  /** The ports to prefer where free ones are chosen. */
  readonly preferred?: { readonly port: number; readonly uiPort: number };
  /** Additional arguments of `temporal server start-dev`, for the benchmark; they override the product's own. */
  readonly moreArgs?: readonly string[];
}

export interface EmbeddedTemporal {
  readonly address: string;
  readonly uiAddress: string;
  readonly pid: number;
  /** Resolves with the end of the server's output when the server has ended. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/** The data or a port is in use, perhaps only for a moment. */
class InUse extends Error {}

/**
 * Starts the server, and waits while a predecessor still holds the data or the ports: a server whose parent was
 * killed ends by itself (`embeddedData.test.ts`). If another process takes a chosen free port before the server
 * does, other ports are chosen (`devTwice.test.ts`).
 */
export async function startEmbeddedTemporal(options: EmbeddedOptions, say: Say): Promise<EmbeddedTemporal> {
  for (const deadline = Date.now() + PREDECESSOR_GOES_WITHIN_MS; ; await sleep(TRY_AGAIN_MS)) {
    try {
      return await start(options, say);
    } catch (error) {
      if (!(error instanceof InUse) || Date.now() > deadline) throw error;
    }
  }
}

async function start(options: EmbeddedOptions, say: Say): Promise<EmbeddedTemporal> {
  await mkdir(options.data, { recursive: true, mode: 0o700 });
  await closeToOthers(options.data);
  const claim = await claimData(options.data);
  const command = await findTemporalCommand(say);
  const port = options.port || (await freePort(options.preferred?.port));
  const ui = { ip: hiddenIp(), port: await freePort() };
  const uiPort = options.uiPort || (await freePort(options.preferred?.uiPort));
  const uiProxy = await startUiProxy(uiPort, ui).catch((error: unknown) => {
    throw options.uiPort ? error : new InUse(String(error));
  });
  // The HTTP API can end sessions, and any web page could send requests to it: it answers only to a random Host
  // name that this process knows.
  const http = { port: await freePort(), host: randomUUID() };
  const address = `127.0.0.1:${port}`;
  const child = spawnOwnerOnly(command, [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
    ...['--ui-ip', ui.ip, '--ui-port', String(ui.port)],
    ...['--http-port', String(http.port)],
    ...['--dynamic-config-value', `frontend.httpAllowedHosts=["${http.host}"]`],
    ...[
      '--db-filename',
      path.join(options.data, 'temporal.db'),
      '--log-level',
      'error',
      '--ui-disable-news-fetch',
    ],
    // The data has one user while the server runs, so SQLite need not lock the file at each commit
    // (docs/performance.md, Settings).
    ...['--sqlite-pragma', 'locking_mode=EXCLUSIVE'],
    // For a new database; nodes add the attributes that an older one lacks.
    ...SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${SEARCH_ATTRIBUTE_TYPES[type]}`,
    ]),
    // The default of 20 quantizes every hop to 50 ms once a short burst is over.
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=100'],
    // With the default, every timer below a second takes one second (docs/recovery.md).
    ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="100ms"'],
    // Fairness dispatches calls that wait for a worker session by session, not in order of arrival. It works
    // within each partition of a task queue, so there is one. Tasks of an older database in other partitions
    // are still read. (`fairness.test.ts`)
    ...['--dynamic-config-value', 'matching.enableFairness=true'],
    ...['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
    ...(options.moreArgs ?? []),
  ]);
  let lastSaid = '';
  const listen = (chunk: Buffer) => {
    lastSaid = (lastSaid + chunk.toString()).slice(-MOST_SAID); // a panic states its reason first, then its stack
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const exited = once(child, 'exit').then(
    () => lastSaid.trim(),
    (error: unknown) => String(error),
  );
  let gone = false;
  const guard = guardAgainstOurDeath(child.pid);
  void exited.then(() => {
    gone = true;
    guard.kill(); // the pid could be reused by another process
  });
  const killNow = () => void child.kill('SIGKILL');
  process.once('exit', killNow);

  async function stop(): Promise<void> {
    const timer = setTimeout(killNow, STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
    uiProxy.close();
    uiProxy.closeAllConnections();
    process.removeListener('exit', killNow);
  }

  const serves = await waitUntilServing(http, () => gone);
  if (!serves || child.pid === undefined) {
    await stop();
    throw whyNotStarted(await exited, options.data);
  }
  await claim(address);
  return {
    address,
    uiAddress: `http://127.0.0.1:${portOf(uiProxy)}`,
    pid: child.pid,
    exited: exited.then(lastWords),
    stop,
  };
}

/**
 * Runs the server in its own process group: on Ctrl-C the workers end first, then `stop` ends the server. The
 * umask keeps its files private to their owner.
 */
function spawnOwnerOnly(command: string, args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const before = process.umask(OWNER_ONLY);
  try {
    return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } finally {
    process.umask(before);
  }
}

/**
 * Makes existing data files private to their owner: a server from before 0.4 may have written them, or they
 * were copied here.
 */
async function closeToOthers(data: string): Promise<void> {
  const names = (await readdir(data)).filter((name) => name.startsWith('temporal.'));
  await Promise.all(
    names.map((name) =>
      chmod(path.join(data, name), 0o600).catch((error: unknown) => {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT' && code !== 'EPERM') throw error; // a file of another owner may still be accessible
      }),
    ),
  );
}

/**
 * Stops the server if this process is killed: otherwise the server would live on and keep the data locked. A
 * shell reads from a pipe that this process never writes to, and the pipe closes with this process.
 */
export function guardAgainstOurDeath(serverPid: number | undefined): ChildProcess {
  const args = ['-c', 'read -r never; kill "$1" 2>/dev/null', 'guard', String(serverPid)];
  const guard = spawn('sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

/**
 * Checks that no other server uses the data: SQLite lets two servers open one database, and they would corrupt
 * each other's sessions. A running server's address stands in a file beside the database; a server that answers
 * there holds the data. Returns a function that writes the new server's address.
 */
async function claimData(data: string): Promise<(address: string) => Promise<void>> {
  const file = path.join(data, ADDRESS_FILE);
  const holder = await readFile(file, 'utf8').catch(() => '');
  const [, port] = /^127\.0\.0\.1:(\d{1,5})\s*$/.exec(holder) ?? [];
  if (port !== undefined && Number(port) <= 65_535 && (await answers(Number(port)))) throw dataInUse(data);
  return (address) => writeFile(file, address, { mode: 0o600 });
}

/** Connects a plain socket first: it fails at once if nothing listens, while gRPC retries for a second. */
async function answers(port: number): Promise<boolean> {
  const socket = connectSocket(port, '127.0.0.1');
  try {
    await once(socket, 'connect').finally(() => socket.destroy());
    const { Connection } = await import('@temporalio/client');
    const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 1_000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

const dataInUse = (data: string): InUse =>
  new InUse(
    `Another Temporal server is using the data in ${data}; stop it, or choose another folder with --data.`,
  );

/** The reason of a panic, which precedes its stack, or else the end of the output. */
const lastWords = (said: string): string => /^panic: .*$/m.exec(said)?.[0] ?? said.slice(-500);

function whyNotStarted(said: string, data: string): Error {
  if (said.includes('database is locked')) return dataInUse(data);
  const port = /listen tcp \S+?:(\d+): bind: address already in use/.exec(said)?.[1];
  if (port !== undefined)
    return new InUse(
      `The Temporal server cannot listen on port ${port}: address already in use; end what listens there, or choose others with --port and --ui-port.`,
    );
  return new Error(
    `The Temporal server did not start with its data in ${data}: ${lastWords(said) || 'it said nothing'}`,
  );
}

interface HttpApi {
  readonly port: number;
  /** The only Host header that the API accepts. */
  readonly host: string;
}

/** Polls the frontend's HTTP API: the frontend listens before the namespace exists. */
async function waitUntilServing(http: HttpApi, gone: () => boolean): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!gone() && Date.now() < deadline) {
    if (await hasNamespace(http)) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}

/** Uses `http.get`, since `fetch` cannot set the Host header. */
function hasNamespace({ port, host }: HttpApi): Promise<boolean> {
  const path = '/api/v1/namespaces/default';
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, headers: { host }, agent: false, timeout: 1_000 };
    const asked = get(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => {
      resolve(false);
    });
  });
}
