/**
 * The embedded Temporal server: one process, its data in one SQLite file, so that sessions outlive it. Temporal's client is loaded only
 * where it is needed: that takes as long as the server's start.
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
/** Its guard sees its parent's death at once, and it then writes what it has in hand. */
const PREDECESSOR_GOES_WITHIN_MS = 5_000;
const TRY_AGAIN_MS = 100;
/** For new files: all that sessions say is in the data, and is nobody's but its owner's. */
const OWNER_ONLY = 0o077;
/** Where the server of the data answers, beside them. */
const ADDRESS_FILE = 'temporal.address';
/** As the command line calls them. */
const SEARCH_ATTRIBUTE_TYPES = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' };

export interface EmbeddedOptions {
  /** The folder for the database file; made if need be. */
  readonly data: string;
  /** Of the frontend; free ones are chosen for 0. */
  readonly port: number;
  readonly uiPort: number;
  /** Taken where free ones are chosen, if they are free. */
  readonly preferred?: { readonly port: number; readonly uiPort: number };
  /** More of what `temporal server start-dev` takes, for the benchmark; where ours say the same, theirs hold. */
  readonly moreArgs?: readonly string[];
}

export interface EmbeddedTemporal {
  readonly address: string;
  readonly uiAddress: string;
  readonly pid: number;
  /** Resolves when the server has gone, with the last it said. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

/** What cannot be had now, and may be in a moment. */
class InUse extends Error {}

/**
 * A server whose parent was killed goes by itself, and its successor waits for the data and the ports meanwhile (`embeddedData.test.ts`). A free port
 * that was chosen may be somebody else's by the time the server takes it: then others are chosen (`devTwice.test.ts`).
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
  // Whoever may ask it can end sessions, from any page: it answers us alone, who know its name.
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
    // The data is ours alone while we run, so SQLite need not ask for its locks at each commit (docs/performance.md, Settings).
    ...['--sqlite-pragma', 'locking_mode=EXCLUSIVE'],
    // For a new database; in an older one, the nodes add what is missing.
    ...SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${SEARCH_ATTRIBUTE_TYPES[type]}`,
    ]),
    // The default of 20 makes every hop wait for the next multiple of 50 ms once a short burst is over.
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=100'],
    // The default lets every timer of less than a second take one (docs/recovery.md).
    ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="100ms"'],
    // Calls that wait for a worker are handed out session by session, not in the order in which they came; that is so in each of a queue's
    // partitions by itself, so there is one. What an older database has in the others is read all the same. (`fairness.test.ts`)
    ...['--dynamic-config-value', 'matching.enableFairness=true'],
    ...['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
    ...(options.moreArgs ?? []),
  ]);
  let lastSaid = '';
  const listen = (chunk: Buffer) => {
    lastSaid = (lastSaid + chunk.toString()).slice(-MOST_SAID); // a panic says first what is wrong, and then where
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
    guard.kill(); // or it would one day end another that has the same number
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

/** A process group of its own: on Ctrl-C the workers go first, and then we stop it. What it writes is for its owner alone. */
function spawnOwnerOnly(command: string, args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const before = process.umask(OWNER_ONLY);
  try {
    return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  } finally {
    process.umask(before);
  }
}

/** Files of a server of before 0.4, or that were copied here. */
async function closeToOthers(data: string): Promise<void> {
  const names = (await readdir(data)).filter((name) => name.startsWith('temporal.'));
  await Promise.all(
    names.map((name) =>
      chmod(path.join(data, name), 0o600).catch((error: unknown) => {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT' && code !== 'EPERM') throw error; // a file of another owner may be one that we may use
      }),
    ),
  );
}

/**
 * If we are killed without a last word, the server must not live on and keep the data locked. A shell reads what we never write: our death is the end
 * of it, at once.
 */
export function guardAgainstOurDeath(serverPid: number | undefined): ChildProcess {
  const args = ['-c', 'read -r never; kill "$1" 2>/dev/null', 'guard', String(serverPid)];
  const guard = spawn('sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

/**
 * SQLite lets two servers open one database, and they would ruin each other's sessions. So a running server's address stands beside
 * the database, and whoever answers there holds the data. Returns what writes our own address.
 */
async function claimData(data: string): Promise<(address: string) => Promise<void>> {
  const file = path.join(data, ADDRESS_FILE);
  const holder = await readFile(file, 'utf8').catch(() => '');
  const [, port] = /^127\.0\.0\.1:(\d{1,5})\s*$/.exec(holder) ?? [];
  if (port !== undefined && Number(port) <= 65_535 && (await answers(Number(port)))) throw dataInUse(data);
  return (address) => writeFile(file, address, { mode: 0o600 });
}

/** Where nobody listens, that is known at once; gRPC would try for a second. */
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

/** A panic's reason, which stands before all of its stack, or the end of what was said. */
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
  /** The only Host that it answers. */
  readonly host: string;
}

/** Asked through the frontend's HTTP API. It listens before the namespace is there. */
async function waitUntilServing(http: HttpApi, gone: () => boolean): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!gone() && Date.now() < deadline) {
    if (await hasNamespace(http)) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}

/** `fetch` would not send a Host of our choice. */
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
