/**
 * A resource's workflow ends with its last subscriber. The end of a session ends its subscriptions, even if
 * the resource is never updated.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let connection: Connection;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/sharedApp.ts', nodes: 1, workers: 1 });
  connection = await Connection.connect({ address: cluster.address });
});
afterAll(async () => {
  await connection.close();
  await cluster.stop();
});

/** The number of this app's resources that have subscribers: each has a running workflow. */
async function resources(): Promise<number> {
  const query = `WorkflowType = 'mcpResource' AND ExecutionStatus = 'Running' AND TaskQueue = '${cluster.taskQueue}'`;
  return (await new Client({ connection }).workflow.count(query)).count;
}

const uris = Array.from({ length: 60 }, (_, n) => `item://${n}`);

test('after DELETE of a session with 60 subscriptions none of the 60 resources is left', async () => {
  const client = await new BareClient(cluster.url).open();
  for (const uri of uris) expect(await client.ask('resources/subscribe', { uri })).toHaveProperty('result');
  await until(async () => (await resources()) === uris.length);
  await client.delete();
  await until(async () => (await resources()) === 0);
});

test('who else is subscribed stays so', async () => {
  const [leaves, stays] = await Promise.all([0, 1].map(() => new BareClient(cluster.url).open()));
  for (const uri of uris.slice(0, 3)) {
    await leaves!.ask('resources/subscribe', { uri });
    await stays!.ask('resources/subscribe', { uri });
  }
  await leaves!.ask('resources/subscribe', { uri: 'item://own' });
  await until(async () => (await resources()) === 4);
  await leaves!.delete();
  await until(async () => (await resources()) === 3);
  const stream = await stays!.get();
  const update = await stays!.call(1, 'update', { uri: uris[0] });
  await update.ended();
  await until(() => stream.messages.length === 1);
  stream.cut();
  await stays!.delete();
  await until(async () => (await resources()) === 0);
});
