/**
 * A client that announces a body and sends it late, endlessly or not at all neither fills a node's memory nor
 * delays other clients.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { BareClient, until, type Cluster } from 'durable-mcp/testing';
import { RawConnection } from './fixtures/rawConnection';
import { startCluster } from './fixtures/startCluster';

const LARGE = 990_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
});
afterAll(() => cluster.stop());

const connections: RawConnection[] = [];
afterEach(() => {
  connections.splice(0).forEach((connection) => {
    connection.cut();
  });
});

async function connection(): Promise<RawConnection> {
  const opened = await RawConnection.open(cluster.nodes[0]!.ready);
  connections.push(opened);
  return opened;
}

/** A client with a session id of its own, since the pace limit is per session. (src/http/inputPace.ts) */
function someone(): BareClient {
  const client = new BareClient(cluster.nodes[0]!.ready);
  client.sessionId = randomUUID();
  return client;
}

async function expectEcho(client: BareClient): Promise<void> {
  const stream = await client.call(randomUUID(), 'echo', { value: 'x' });
  await stream.ended();
  expect(stream.text).toBe('x');
}

test('of bodies that do not end, a node keeps 64 MB: those that have come for longest are refused', async () => {
  const innocent = await new BareClient(cluster.nodes[0]!.ready).open();
  for (let i = 0; i < 100; i++) (await connection()).begin(someone(), LARGE + 1, 'x'.repeat(LARGE));
  await until(() => connections.slice(0, 30).every(({ closed }) => closed));
  expect(connections[0]!.text).toMatch(/^HTTP\/1\.1 408 .*"code":-32004.*send the request again/s);
  expect(connections.at(-1)!.text).toBe('');
  await expectEcho(innocent);
});

test('a message that is too large is refused before all of it has come, and its client is cut off if it goes on', async () => {
  const large = await connection();
  large.begin(someone(), 10_000_000_000, 'x'.repeat(1_100_000));
  expect(await large.has('-32600')).toMatch(/^HTTP\/1\.1 413 /);
  const part = 'x'.repeat(1_000_000);
  for (let i = 0; i < 100 && !large.closed; i++) await large.write(part);
  await until(() => large.closed);
});

test('who would wait for more than half a minute is told to come back, and nobody waits longer behind it', async () => {
  const nobody = someone();
  for (let i = 0; i < 400; i++) (await connection()).begin(nobody, LARGE);
  const refused = await until(() => connections.find(({ closed }) => closed));
  expect(refused.text).toMatch(/^HTTP\/1\.1 429 .*Retry-After: \d+.*"code":-32004/s);
  expect(connections[0]!.text).toBe('');
});

test('those who announce messages and go cost those who come from the same address nothing', async () => {
  const nobody = new BareClient(cluster.nodes[0]!.ready);
  for (let i = 0; i < 1_000; i++) {
    const leaving = await connection();
    leaving.begin(nobody, LARGE);
    leaving.cut();
  }
  const client = new BareClient(cluster.nodes[0]!.ready);
  let isOpen = false;
  void client.open().then(() => (isOpen = true));
  await until(() => isOpen); // otherwise the 1,000 announced bodies would delay this client by two minutes, or get it a 429
  await expectEcho(client);
});
