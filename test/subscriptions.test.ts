/**
 * Features, row 33: a session that subscribed on one node is notified once of an update from anywhere, also
 * after a restart, until it unsubscribes.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster, type Recorded, connect, until } from 'durable-mcp/testing';
import { nextRun } from './fixtures/nextRun';
import { startCluster } from './fixtures/startCluster';
import { outside } from './fixtures/outside';
import { untilMark } from './fixtures/mark';

let cluster: Cluster;
let connection: Connection;

beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/sharedApp.ts', temporal: 'own' });
  connection = await Connection.connect({ address: cluster.address });
});
afterAll(async () => {
  await connection.close();
  await cluster.stop();
});

const workflows = () => new Client({ connection }).workflow;
const updated = (uri: string) => ({
  jsonrpc: '2.0',
  method: 'notifications/resources/updated',
  params: { uri },
});
const has = (stream: Recorded, count: number) => until(() => stream.messages.length >= count);

/** Calls a tool in a new session, and waits for its answer. */
async function callElsewhere(tool: string, args: Record<string, unknown>): Promise<void> {
  const other = await new BareClient(cluster.url).open();
  await (await other.call(1, tool, args)).ended();
}

function topicOf(uri: string): WorkflowHandle {
  const hash = createHash('sha256').update(uri).digest('hex').slice(0, 32);
  return workflows().getHandle(`mcp-resource-${cluster.taskQueue}-${hash}`);
}

/** Waits for the end of a resource's workflow: its last subscriber has left, and all earlier updates are delivered. */
const ends = (topic: WorkflowHandle) =>
  until(async () => (await topic.describe()).status.name === 'COMPLETED');

test('a server with resources says that they can be subscribed to, and knows which it has', async () => {
  const { client } = await connect(cluster.url);
  expect(client.getServerCapabilities()?.resources).toEqual({ subscribe: true, listChanged: true });
  const bare = await new BareClient(cluster.url).open();
  expect(await bare.ask('resources/subscribe', { uri: 'board://none' })).toMatchObject({
    error: {
      code: -32002,
      message: expect.stringMatching(/Resource not found/),
      data: { uri: 'board://none' },
    },
  });
  expect(await bare.ask('resources/subscribe', { uri: 'item://7' })).toMatchObject({ result: {} });
  expect(await bare.ask('resources/unsubscribe', { uri: 'item://8' })).toMatchObject({ result: {} });
  await client.close();
});

test('one subscription more than a session keeps is refused; one that it has is not', async () => {
  const client = await new BareClient(cluster.url).open();
  const uris = Array.from({ length: 101 }, (_, i) => `item://${i}`.padEnd(2_000, '-')); // the limit of 200,000 bytes, and one more subscription
  const kept = uris.slice(0, 100).map((uri) => client.ask('resources/subscribe', { uri }));
  for (const answer of await Promise.all(kept)) expect(answer).toMatchObject({ result: {} });
  expect(await client.ask('resources/subscribe', { uri: uris[100] })).toMatchObject({
    error: { code: -32600, message: expect.stringMatching(/200000 bytes in all/) },
  });
  expect(await client.ask('resources/subscribe', { uri: uris[7] })).toMatchObject({ result: {} });
  await client.delete();
});

test('an update by another session or another process is told once, on any node, until the client unsubscribes', async () => {
  const uri = 'board://one';
  const [first, second] = cluster.nodes;
  const client = await new BareClient(first!.ready).open();
  expect(await client.ask('resources/subscribe', { uri })).toMatchObject({ result: {} });
  client.url = second!.ready;
  const stream = await client.get();

  await callElsewhere('update', { uri });
  await has(stream, 1);
  expect(await untilMark(cluster, client, stream)).toEqual([updated(uri)]);

  await outside(
    `await mcp.notifyResourceUpdated('${uri}', { temporal: { taskQueue: '${cluster.taskQueue}' } })`,
    cluster.address,
  );
  await has(stream, 3); // two updates, and the marker of the first `untilMark`
  expect(await untilMark(cluster, client, stream)).toEqual([updated(uri), updated(uri)]);

  client.url = first!.ready;
  expect(await client.ask('resources/unsubscribe', { uri })).toMatchObject({ result: {} });
  await ends(topicOf(uri));
  await callElsewhere('update', { uri });
  expect(await untilMark(cluster, client, stream)).toHaveLength(2);
  stream.cut();
});

test('what comes late for a session that has unsubscribed is not delivered', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.get();
  const session = workflows().getHandle(`mcp-session-${client.sessionId}`);
  await client.ask('resources/subscribe', { uri: 'board://one' });
  await session.signal('notify', { id: 'in time', message: updated('board://one') });
  await session.signal('notify', { id: 'in time', message: updated('board://one') });
  await client.ask('resources/unsubscribe', { uri: 'board://one' });
  await session.signal('notify', { id: 'too late', message: updated('board://one') });
  expect(await untilMark(cluster, client, stream)).toEqual([updated('board://one')]);
  stream.cut();
});

test('a retried attempt does not tell a second time', async () => {
  const uri = 'item://retried';
  const client = await new BareClient(cluster.url).open();
  await client.ask('resources/subscribe', { uri });
  const stream = await client.get();
  const call = await client.call(1, 'update-then-wait', { uri });
  await until(() => cluster.ledger.find('updated in attempt 1'));
  await cluster.killWhoDid('updated in attempt 1');
  await cluster.startWorker();
  cluster.ledger.open('after-update');
  await call.ended();
  expect(cluster.ledger.count('updated in attempt 2')).toBe(1);

  await topicOf(uri).signal('unsubscribe', { sessionId: client.sessionId });
  await ends(topicOf(uri));
  expect(await untilMark(cluster, client, stream)).toEqual([updated(uri)]);
  stream.cut();
});

test('what a handler says by the SDK reaches its own client if it is subscribed, also to the parent', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.get();
  const say = async (id: number, uri: string) => (await client.call(id, 'update-by-sdk', { uri })).ended();
  await say(1, 'shelf://one/book');
  await client.ask('resources/subscribe', { uri: 'shelf://one/' });
  await say(2, 'shelf://one/book');
  await say(3, 'shelf://onerous');
  expect(await untilMark(cluster, client, stream)).toEqual([updated('shelf://one/book')]);
  stream.cut();
});

test("an unchanged server's own handlers decide", async () => {
  const client = await new BareClient(cluster.url, '2025-11-25', 'unchanged').open();
  expect(await client.ask('resources/subscribe', { uri: 'no://thing' })).toHaveProperty('error');
  expect(await client.ask('resources/subscribe', { uri: 'any://thing' })).toMatchObject({ result: {} });
  const stream = await client.get();
  await callElsewhere('update', { uri: 'no://thing' });
  await callElsewhere('update', { uri: 'any://thing' });
  await has(stream, 1);
  expect(await untilMark(cluster, client, stream)).toEqual([updated('any://thing')]);
  stream.cut();
});

test('a session that has ended drops out, and does not keep the others from being told', async () => {
  const uri = 'item://left';
  const [leaves, stays] = await Promise.all([
    new BareClient(cluster.url).open(),
    new BareClient(cluster.url).open(),
  ]);
  for (const client of [leaves, stays]) await client.ask('resources/subscribe', { uri });
  const stream = await stays.get();
  expect((await leaves.delete()).status).toBe(204);
  await callElsewhere('update', { uri });
  await has(stream, 1);
  expect(await untilMark(cluster, stays, stream)).toEqual([updated(uri)]);
  await stays.ask('resources/unsubscribe', { uri });
  await ends(topicOf(uri));
  stream.cut();
});

test('subscriptions, and what was told, go over into the next run', async () => {
  const client = await new BareClient(cluster.url).open();
  for (const uri of ['board://one', 'item://told']) await client.ask('resources/subscribe', { uri });
  const session = workflows().getHandle(`mcp-session-${client.sessionId}`);
  await session.signal('notify', { id: 'told before', message: updated('item://told') });
  await nextRun(cluster, client);
  const stream = await client.get();
  await session.signal('notify', { id: 'told before', message: updated('item://told') });
  await callElsewhere('update', { uri: 'board://one' });
  await until(() => stream.messages.some((message) => JSON.stringify(message).includes('board://one')));
  expect(await untilMark(cluster, client, stream)).toEqual([updated('board://one')]);
  stream.cut();
});

test('everything killed, everything started: the subscription holds, and the client hears of the update once', async () => {
  const uri = 'board://one';
  const client = await new BareClient(cluster.url).open();
  await client.ask('resources/subscribe', { uri });
  const before = await client.get();
  await before.has(1);

  await cluster.killEverything();
  await before.ended();
  await cluster.startAgain();

  await callElsewhere('update', { uri });
  const stream = await client.get(before.events[0]!.id);
  await has(stream, 1);
  expect(await untilMark(cluster, client, stream)).toEqual([updated(uri)]);

  // After one more reconnect, the delivered notification is not sent again: the delivery is in the log.
  stream.cut();
  const again = await client.get(stream.events.find(({ message }) => message)!.id);
  expect(await untilMark(cluster, client, again)).toEqual([]);
  again.cut();
});

test('the official client hears of it', async () => {
  const { client, transport } = await connect(cluster.url);
  const heard: string[] = [];
  client.fallbackNotificationHandler = async ({ method }) => void heard.push(method);
  client.setNotificationHandler(
    ResourceUpdatedNotificationSchema,
    ({ params }) => void heard.push(params.uri),
  );
  await client.subscribeResource({ uri: 'board://one' });
  await callElsewhere('update', { uri: 'board://one' });
  await until(() => heard.length > 0);
  const session = workflows().getHandle(`mcp-session-${transport.sessionId}`);
  await session.signal('notify', { id: 'last', message: { jsonrpc: '2.0', method: 'notifications/last' } });
  await until(() => heard.includes('notifications/last'));
  expect(heard).toEqual(['board://one', 'notifications/last']);
  await client.close();
});
