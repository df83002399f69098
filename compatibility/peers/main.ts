/**
 * `npm run clients:faults`: the same faults for this client and others, installed from their registries; what
 * was observed goes into docs/client.md. Arguments select clients by their names, and `--fault WORDS` a fault;
 * then the page is not written. Needs redis-server, in which agentle keeps its sessions.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { alignedTable, writeBetween } from '../../clientfaults/page';
import { PLACES } from '../../clientfaults/place';
import type { ServerName } from '../../clientfaults/points';
import { NO_REDIS, redisServer, startRedis } from '../../test/fixtures/redis';
import { HTTP_FAULTS } from './httpFaults';
import { installed, type Missing } from './peers';
import type { Peer } from './peer';
import { STDIO_FAULTS } from './stdioFaults';

interface Row {
  readonly title: string;
  observe(peer: Peer): Promise<string>;
}

const HTTP: readonly ServerName[] = ['durable-mcp', 'SDK over HTTP'];
const TITLES = { 'durable-mcp': 'a durable-mcp server', 'SDK over HTTP': 'an SDK server' } as const;

const failed = (error: unknown): string =>
  `not observed (${error instanceof Error ? error.message : String(error)})`;

async function observed(rows: readonly Row[], peers: readonly (Peer | Missing)[]): Promise<string[][]> {
  const table: string[][] = [];
  for (const { title, observe } of rows) {
    const cells: string[] = [];
    for (const peer of peers) {
      const cell = 'missing' in peer ? `not run: ${peer.missing}` : await observe(peer).catch(failed);
      console.log(`${title} | ${peer.name}: ${cell}`);
      cells.push(cell);
    }
    table.push([title, ...cells]);
  }
  return table;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { fault: { type: 'string' } },
    allowPositionals: true,
  });
  if (!redisServer) throw new Error(NO_REDIS);
  const isMeant = (title: string) => title.includes(values.fault ?? '');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-peers-'));
  const redis = await startRedis();
  const places = await Promise.all(HTTP.map(async (name) => ({ name, place: await PLACES[name]() })));
  try {
    const peers = (await installed(folder)).filter(({ name }) =>
      positionals.every((word) => name.includes(word)),
    );
    const overHttp = Object.entries(HTTP_FAULTS).flatMap(([fault, observe]) =>
      places.map(({ name, place }) => ({
        title: `${fault}, ${TITLES[name as keyof typeof TITLES]}`,
        observe: (peer: Peer) => observe({ peer, place, url: place.url, redis: redis.url }),
      })),
    );
    const overStdio = Object.entries(STDIO_FAULTS).map(([title, observe]) => ({
      title: `stdio: ${title}`,
      observe,
    }));
    const rows = await observed(
      [...overHttp, ...overStdio].filter(({ title }) => isMeant(title)),
      peers,
    );
    const table = alignedTable([['', ...peers.map(({ name }) => name)], ...rows]);
    console.log(`\n${table}`);
    const lastRun = `The last run: ${new Date().toISOString().slice(0, 10)}, Node ${process.version}. Effects are those of the call, counted by the server, which has an event store where it is an SDK server. The next process of an SDK client is given the session's id; a caller that also kept its resumption tokens could ask for the rest of a stream. Killed within about 250 ms of a call's first event, this client has not stored its place in the stream: from an SDK server the call is then \`OutcomeUnknown\`.`;
    if (positionals.length === 0 && values.fault === undefined)
      writeBetween('peers', `${lastRun}\n\n${table}`);
  } finally {
    await Promise.all(places.map(({ place }) => place.stop()));
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

// Running processes are killed when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(`clients:faults: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
