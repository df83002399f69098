/**
 * A node follows a limited number of sessions, each by a long-poll. A stream beyond the limit is paused until
 * its session wakes the node. Here each node follows at most one session, so every stream is paused as soon
 * as it has nothing to read.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, waitUntilIdle, until } from 'durable-mcp/testing';
import { nextRun } from '../fixtures/nextRun';
import { startMeasuredTemporal } from '../fixtures/measuredTemporal';
import { startCluster } from '../fixtures/startCluster';
import { untilMark } from '../fixtures/mark';

const nodeArgs = ['--long-polls', '1'];
const uri = 'board://one';
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/sharedApp.ts', nodeArgs, temporal: 'own' });
});
afterAll(() => cluster.stop());

/** Opens a session that is subscribed to the board and has a GET stream open at the first node. */
async function listening(): Promise<{ client: BareClient; stream: Recorded }> {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  await client.ask('resources/subscribe', { uri });
  return { client, stream: await client.get() };
}

/** Updates the board from another session, at the second node. */
async function update(): Promise<void> {
  const other = await new BareClient(cluster.nodes[1]!.ready).open();
  await (await other.call(1, 'update', { uri })).ended();
  await other.delete();
}

const has = (stream: Recorded, messages: number) => until(() => stream.messages.length === messages);

/** Waits for `messages` messages, then for a marker (fixtures/mark.ts), and expects that nothing came in between. */
async function hasOnly({ client, stream }: { client: BareClient; stream: Recorded }, messages: number) {
  await has(stream, messages);
  expect(await untilMark(cluster, client, stream)).toHaveLength(messages);
}

async function wakeUpsOf({ sessionId }: BareClient): Promise<number> {
  const { events } = await waitUntilIdle(await cluster.workflowOf(sessionId));
  const names = events.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  return names.filter((name) => name === 'wakeNode').length;
}

async function wasGivenUp({ sessionId }: BareClient): Promise<boolean> {
  const { events } = await (await cluster.workflowOf(sessionId)).fetchHistory();
  return Boolean(events?.some((event) => event.activityTaskTimedOutEventAttributes));
}

test('a resting stream is told at once, again and again, and calls of its session go on beside it', async () => {
  const { client, stream } = await listening();
  for (const count of [1, 2, 3]) {
    await update();
    await has(stream, count);
    const call = await client.call(`call ${count}`, 'get', { map: 'any', key: 'none' });
    await call.ended();
    expect(call.text).toBe('null');
  }
  // One wake-up for each update, and one for each answer: a call's stream is paused while the call runs. (waitingCalls.test.ts)
  expect(await wakeUpsOf(client)).toBe(6);
  await hasOnly({ client, stream }, 3);
  stream.cut();
});

test('many that rest at one node are all told', async () => {
  const all = await Promise.all(Array.from({ length: 25 }, listening));
  await update();
  for (const each of all) await hasOnly(each, 1);
  for (const { stream } of all) stream.cut();
});

test('what a short call says for its session wakes a resting stream', async () => {
  const { client, stream } = await listening();
  client.url = cluster.nodes[1]!.ready;
  await (await client.call(1, 'update-shortly', { uri })).ended();
  await hasOnly({ client, stream }, 1);
  stream.cut();
});

test('a node that was frozen while its streams were woken reads them when it goes on', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, listening)); // more wake-ups than the open polls of the node can take
  const [node] = cluster.nodes;
  node!.freeze();
  try {
    await update();
    for (const { client } of all) await until(() => wasGivenUp(client));
  } finally {
    node!.thaw();
  }
  for (const each of all) await hasOnly(each, 1);
  for (const { stream } of all) stream.cut();
});

test('sessions that nobody uses now are not followed either, beyond as many', async () => {
  const temporal = await startMeasuredTemporal();
  const crowded = await startCluster({
    nodes: 1,
    workers: 1,
    nodeArgs: ['--long-polls', '5'],
    temporal: temporal.address,
  });
  try {
    const clients: BareClient[] = [];
    while (clients.length < 20) clients.push(await new BareClient(crowded.url).open());
    for (const client of clients) {
      const call = await client.call(1, 'echo', { value: client.sessionId });
      await call.ended();
      expect(call.text).toBe(client.sessionId);
    }
    // Each session gets a signal and an update. Temporal's metrics come with a delay: wait until they include these.
    const requests = (operation: string) => temporal.ofFrontend('service_requests', operation);
    await until(
      async () =>
        (await requests('SignalWorkflowExecution')) + (await requests('UpdateWorkflowExecution')) >= 40,
    );
    // Without the limit, all 20 sessions would be followed for another minute.
    await until(
      async () =>
        (await temporal.ofFrontend('service_pending_requests', 'PollWorkflowExecutionHistory')) <= 5,
    );
  } finally {
    await crowded.stop();
    await temporal.remove();
  }
});

test('DELETE at another node ends a resting stream', async () => {
  const { client, stream } = await listening();
  client.url = cluster.nodes[1]!.ready;
  expect((await client.delete()).status).toBe(204);
  await stream.ended();
});

test('a resting stream is told by the next run of its session as well', async () => {
  const { client, stream } = await listening();
  await update();
  await has(stream, 1);
  await nextRun(cluster, client);
  await update();
  await hasOnly({ client, stream }, 2);
  stream.cut();
});

test('kill the node of a resting stream: its client goes on at another node, and misses nothing', async () => {
  const { client, stream } = await listening();
  await update();
  await has(stream, 1);
  await cluster.nodes.shift()?.kill();
  await cluster.startNode();
  await update(); // while no stream is open
  client.url = cluster.nodes[0]!.ready;
  const rest = await client.get(stream.events.at(-1)!.id);
  await has(rest, 1);
  await update();
  await hasOnly({ client, stream: rest }, 2);
  rest.cut();
});
