/**
 * The embedded Temporal server: one process, its data in one SQLite file, so that sessions outlive it. Temporal's client is loaded only
 * where it is needed: that takes as long as the server's start.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES } from '../protocol/searchAttributes';
import { findTemporalCommand, type Say } from './findServer';
import { freePort } from './freePort';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const LOOK_AGAIN_MS = 20;
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

/** A free port that was chosen may be somebody else's by the time the server takes it: then others are chosen. (`devTwice.test.ts`) */
export async function startEmbeddedTemporal(options: EmbeddedOptions, say: Say): Promise<EmbeddedTemporal> {
  for (let attemptsLeft = 2; ; attemptsLeft--) {
    try {
      return await start(options, say);
    } catch (error) {
      if (attemptsLeft === 0 || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function start(options: EmbeddedOptions, say: Say): Promise<EmbeddedTemporal> {
  await mkdir(options.data, { recursive: true });
  const claim = await claimData(options.data);
  const command = await findTemporalCommand(say);
  const port = options.port || (await freePort(options.preferred?.port));
  const uiPort = options.uiPort || (await freePort(options.preferred?.uiPort));
  const httpPort = await freePort();
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    command,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--http-port', String(httpPort)],
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
    ],
    // A process group of its own: on Ctrl-C the workers go first, and then we stop it.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let lastSaid = '';
  const listen = (chunk: Buffer) => {
    lastSaid = (lastSaid + chunk.toString()).slice(-2_000);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const exited = once(child, 'exit').then(
    () => lastSaid.trim(),
    (error: unknown) => String(error),
  );
  let gone = false;
  void exited.then(() => (gone = true));
  const guard = guardAgainstOurDeath(child.pid);
  const killNow = () => void child.kill('SIGKILL');
  process.once('exit', killNow);

  async function stop(): Promise<void> {
    const timer = setTimeout(killNow, STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
    guard.kill();
    process.removeListener('exit', killNow);
  }

  const serves = await waitUntilServing(httpPort, () => gone);
  if (!serves || child.pid === undefined) {
    await stop();
    throw new Error(whyNotStarted(await exited, options.data));
  }
  await claim(address);
  return { address, uiAddress: `http://127.0.0.1:${uiPort}`, pid: child.pid, exited, stop };
}

/** If we are killed without a last word, the server must not live on and keep the data locked: a shell watches us both. */
export function guardAgainstOurDeath(serverPid: number | undefined): ChildProcess {
  const script = 'while kill -0 "$1" && kill -0 "$2"; do sleep 1; done 2>/dev/null; kill "$2" 2>/dev/null';
  const args = ['-c', script, 'guard', String(process.pid), String(serverPid)];
  const guard = spawn('sh', args, { detached: true, stdio: 'ignore' });
  guard.unref();
  return guard;
}

/**
 * SQLite lets two servers open one database, and they would ruin each other's sessions. So a running server's address stands beside
 * the database, and whoever answers there holds the data. Returns what writes our own address.
 */
async function claimData(data: string): Promise<(address: string) => Promise<void>> {
  const file = path.join(data, 'temporal.address');
  const holder = await readFile(file, 'utf8').catch(() => '');
  if (holder && (await answers(holder))) throw new Error(dataInUse(data));
  return (address) => writeFile(file, address);
}

/** Where nobody listens, that is known at once; gRPC would try for a second. */
async function answers(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`http://${address}`);
  const socket = connectSocket(Number(port), hostname);
  try {
    await once(socket, 'connect').finally(() => socket.destroy());
    const { Connection } = await import('@temporalio/client');
    const connection = await Connection.connect({ address, connectTimeout: 1_000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

const dataInUse = (data: string): string =>
  `Another Temporal server is using the data in ${data}; stop it, or choose another folder with --data.`;

function whyNotStarted(said: string, data: string): string {
  if (said.includes('database is locked')) return dataInUse(data);
  const port = /listen tcp \S+?:(\d+): bind: address already in use/.exec(said)?.[1];
  if (port !== undefined)
    return `The Temporal server cannot listen on port ${port}: address already in use; end what listens there, or choose others with --port and --ui-port.`;
  return `The Temporal server did not start with its data in ${data}: ${said.slice(-500) || 'it said nothing'}`;
}

/** Asked through the frontend's HTTP API. It listens before the namespace is there. */
async function waitUntilServing(httpPort: number, gone: () => boolean): Promise<boolean> {
  const namespace = `http://127.0.0.1:${httpPort}/api/v1/namespaces/default`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!gone() && Date.now() < deadline) {
    const response = await fetch(namespace, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}
