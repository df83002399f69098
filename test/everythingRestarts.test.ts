/** Features, rows 3 and 4: Temporal itself goes away and comes back; then everything dies at once and starts again. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient } from './fixtures/client';
import { Cluster } from './fixtures/cluster';
import { startCommand, until, type RunningCommand } from './fixtures/command';

let data: string;
let temporal: RunningCommand;
let address: string;
let cluster: Cluster;

/** The server's own process: killing the command around it would not be killing Temporal. */
const serverPid = () => Number(/pid (\d+)/.exec(temporal.ready)?.[1]);

async function startTemporal(port: string): Promise<void> {
  temporal = await startCommand(['temporal', '--data', data, '--port', port, '--ui-port', '0']);
  address = /temporal (\S+)/.exec(temporal.ready)![1]!;
}

async function killTemporal(): Promise<void> {
  process.kill(serverPid(), 'SIGKILL');
  expect(await temporal.exited).toBe(1);
}

beforeAll(async () => {
  data = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-temporal-'));
  await startTemporal('0');
  cluster = await Cluster.start({ nodes: 1, workers: 1, temporal: address });
});
afterAll(async () => {
  await cluster.stop();
  await temporal.stop();
  await rm(data, { recursive: true, force: true });
});

test('Temporal killed in the middle of a call: health says so, the call completes, the session goes on', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'gated', { name: 'outage' });
  await until(() => cluster.ledger.find('outage started'));
  const health = () => fetch(new URL('/health', cluster.nodes[0]!.ready)).then(({ status }) => status);
  expect(await health()).toBe(200);

  await killTemporal();
  expect(await health()).toBe(503);
  const refused = await client.post({ jsonrpc: '2.0', id: 'list', method: 'tools/list' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toMatchObject({ error: { code: -32003 } });
  cluster.ledger.open('outage');
  await until(() => cluster.ledger.find('outage ended'));
  await startTemporal(new URL(`http://${address}`).port);

  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'outage done' }] } }]);
  const next = await client.call(2, 'echo', { value: 'goes on' });
  await next.ended();
  expect(next.messages).toMatchObject([{ id: 2, result: { content: [{ text: 'goes on' }] } }]);
  expect(await health()).toBe(200);
});

test('everything killed, everything started: the session needs no initialize, the open call completes, the finished one is fetched', async () => {
  const client = await new BareClient(cluster.url).open();
  const finished = await client.call('finished', 'count', { to: 3 });
  await finished.ended();
  const open = await client.call('open', 'gated', { name: 'blackout' });
  await until(() => cluster.ledger.find('blackout started'));

  await killTemporal();
  await Promise.all([...cluster.nodes, ...cluster.workers].map((command) => command.kill()));
  await open.ended();
  cluster.nodes.splice(0);
  cluster.workers.splice(0);
  cluster.ledger.open('blackout');

  await startTemporal(new URL(`http://${address}`).port);
  await Promise.all([cluster.startNode(), cluster.startWorker()]);
  const rest = await client.get(open.events[0]!.id);
  await rest.ended();
  expect(rest.messages).toMatchObject([{ id: 'open', result: { content: [{ text: 'blackout done' }] } }]);
  const fetched = await client.get(finished.events[0]!.id);
  await fetched.ended();
  expect(fetched.events.slice(1)).toEqual(finished.events.slice(1));
});
