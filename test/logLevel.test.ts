/**
 * Features, row 32: `logging/setLevel` filters the messages that tools log, by `ctx` and by the SDK alone,
 * and survives a restart of all processes.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/sharedApp.ts', temporal: 'own' });
});
afterAll(() => cluster.stop());

async function restartEverything(): Promise<void> {
  await cluster.killEverything();
  await cluster.startAgain();
}

/** Calls the tool `log`, which logs at debug, info, warning and error; resolves with the levels that the client got. */
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
