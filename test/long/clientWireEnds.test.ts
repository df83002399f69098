/** What a client leaves behind: nothing once it is closed, and no more for many calls than for few. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from 'durable-mcp/testing';
import { groupOf } from '../../src/client/http/httpChannel';
import { fileStore } from '../../src/client/store/file';
import { KEEP_DEAD_MS } from '../../src/client/store/versionedFile';
import { type BareServer, event, startBareServer, status, stream } from '../fixtures/bareServer';
import { ClientProcess, clientFolder, endClients } from '../fixtures/startClient';

let bare: BareServer;
beforeAll(async () => {
  bare = await startBareServer();
});
afterEach(async () => {
  await endClients();
  bare.reset();
});
afterAll(() => bare.stop());

test.each([
  ['calls whose answer has not begun', () => bare.always('tools/call', () => undefined)],
  ['calls whose stream is open', () => bare.always('tools/call', stream(event('e1')))],
  ['a server that fails', () => bare.always('tools/call', status(429))],
  [
    'a session that cannot be opened anew',
    () => {
      bare.lose();
      bare.always('initialize', status(503));
    },
  ],
])(
  'closed with %s, the process ends by itself, with no socket and no unhandled rejection',
  async (_what, fault) => {
    const client = new ClientProcess(bare.url, await clientFolder());
    await client.says('connected');
    fault();
    ['a', 'b', 'c'].forEach((as) => {
      client.tell({ call: 'slow', key: as, as });
    });
    // Calls wait for a session that is being opened.
    await until(() => bare.of('tools/call').length >= 3 || bare.of('initialize').length >= 3);
    client.tell({ close: true });
    for (const as of ['a', 'b', 'c']) await client.says('failed', as);
    expect(await client.ended()).toBe(0);
    expect(client.errors).toEqual([]);
    await until(async () => (await bare.connections()) === 0);
  },
);

test('a process whose client is idle ends as soon as it is closed', async () => {
  const client = new ClientProcess(bare.url, await clientFolder());
  await client.says('connected');
  client.tell({ call: 'any', as: 'a' });
  await client.says('answered', 'a');
  client.tell({ close: true });
  expect(await client.ended()).toBe(0);
  expect(client.errors).toEqual([]);
});

test('thousands of calls leave no memory, no record and no listener', async () => {
  const folder = await clientFolder();
  const client = new ClientProcess(bare.url, folder);
  await client.says('connected');
  const heapAfter = async (as: string) => {
    client.tell({ times: 2_000, call: 'any', as });
    const { result } = await client.says('answered', as);
    bare.seen.length = 0;
    return Number(result.heapUsed);
  };
  // The store remembers each deleted entry for KEEP_DEAD_MS: memory grows until it has forgotten the first.
  const steadyAt = Date.now() + KEEP_DEAD_MS;
  let round = 0;
  do await heapAfter(`warming ${++round}`);
  while (Date.now() < steadyAt);
  const heaps: number[] = [];
  while (heaps.length < 4) heaps.push(await heapAfter(`round ${heaps.length}`));
  const growths = heaps.slice(1).map((heap, round) => heap - (heaps[round] ?? 0));
  // What Node itself keeps comes and goes; 1 kB of each call would be 2 MB in every round.
  expect(Math.min(...growths)).toBeLessThan(1_000_000);
  const store = fileStore(folder);
  const records = async () =>
    (await store.list(groupOf(new URL(bare.url), {}))).map(({ name }) => name).sort();
  expect(await records()).toEqual(['owner', 'session']);
  client.tell({ close: true });
  expect(await client.ended()).toBe(0);
  expect(client.errors).toEqual([]); // Node warns of signals with too many listeners
  expect(await records()).toEqual(['session']);
});
