/** Features, row 32: `logging/setLevel` filters what tools log, by `ctx` and by the SDK alone, and survives a restart of everything. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient } from './fixtures/client';
import { Cluster } from './fixtures/cluster';
import { startCommand, type RunningCommand } from './fixtures/command';

let data: string;
let temporal: RunningCommand;
let cluster: Cluster;

const addressOf = ({ ready }: RunningCommand): string => /temporal (\S+)/.exec(ready)![1]!;
const startTemporal = (port: string) =>
  startCommand(['temporal', '--data', data, '--port', port, '--ui-port', '0']);

beforeAll(async () => {
  data = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-temporal-'));
  temporal = await startTemporal('0');
  cluster = await Cluster.start({ app: 'test/fixtures/sharedApp.ts', temporal: addressOf(temporal) });
});
afterAll(async () => {
  await cluster.stop();
  await temporal.stop();
  await rm(data, { recursive: true, force: true });
});

async function restartEverything(): Promise<void> {
  const { port } = new URL(`http://${addressOf(temporal)}`);
  process.kill(Number(/pid (\d+)/.exec(temporal.ready)?.[1]), 'SIGKILL');
  await temporal.exited;
  await Promise.all([...cluster.nodes, ...cluster.workers].map((command) => command.kill()));
  cluster.nodes.splice(0);
  cluster.workers.splice(0);
  temporal = await startTemporal(port);
  await Promise.all([cluster.startNode(), cluster.startWorker()]);
}

/** The levels of the messages that a call of the tool `log` sends. It logs at debug, info, warning and error. */
async function logged(client: BareClient, id: number): Promise<unknown[]> {
  const stream = await client.call(id, 'log');
  await stream.ended();
  return stream.messages.flatMap((message) =>
    'method' in message && message.method === 'notifications/message' ? [message.params?.level] : [],
  );
}

test('the level filters in every server, and survives', async () => {
  const durable = await new BareClient(cluster.url).open();
  const unchanged = await new BareClient(cluster.url, '2025-11-25', 'unchanged').open();
  for (const client of [durable, unchanged]) {
    expect(await logged(client, 1)).toEqual(['debug', 'info', 'warning', 'error']);
    expect(await client.ask('logging/setLevel', { level: 'warning' })).toMatchObject({ result: {} });
    expect(await logged(client, 2)).toEqual(['warning', 'error']);
    expect(await client.ask('logging/setLevel', { level: 'loud' })).toHaveProperty('error');
  }
  await restartEverything();
  for (const client of [durable, unchanged]) {
    expect(await logged(client, 3)).toEqual(['warning', 'error']);
    expect(await client.ask('logging/setLevel', { level: 'info' })).toMatchObject({ result: {} });
    expect(await logged(client, 4)).toEqual(['info', 'warning', 'error']);
  }
});
