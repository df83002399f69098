/** Features, row 13 in small: a session that outgrows its history goes on in the next run, and loses nothing on the way. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { BareClient, connect, textOf } from './fixtures/client';
import { Cluster } from './fixtures/cluster';
import { until } from './fixtures/command';

let cluster: Cluster;
let connection: Connection;
beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 2, workers: 1 });
  connection = await Connection.connect({ address: process.env.TEST_TEMPORAL });
});
afterAll(async () => {
  await connection.close();
  await cluster.stop();
});

test('calls go on across continue-as-new, ids stay used, and old streams can still be read', async () => {
  const first = await new BareClient(cluster.url).open();
  const early = await first.call('early', 'count', { to: 2 });
  await early.ended();
  const listeners = [await first.get(), await first.get()]; // on two nodes: the second is told

  const { workflow } = new Client({ connection });
  const handle = workflow.getHandle(`mcp-session-${first.sessionId}`);
  const { runId } = await handle.describe();
  let calls = 0;
  while ((await handle.describe()).runId === runId) {
    const ids = Array.from({ length: 25 }, () => calls++);
    const streams = await Promise.all(ids.map((id) => first.call(id, 'echo', { value: `${id}` })));
    await Promise.all(streams.map((stream) => stream.ended()));
    expect(streams.map((stream) => textOf((stream.messages[0] as { result: unknown }).result))).toEqual(
      ids.map(String),
    );
    expect(calls).toBeLessThan(1_000);
  }

  const rest = await first.get(early.events[0]!.id);
  await rest.ended();
  expect(rest.events.slice(1)).toEqual(early.events.slice(1));
  const again = await first.call('early', 'count', { to: 2 });
  await again.ended();
  expect(again.messages).toEqual(early.messages);
  await (await first.call('announced', 'announce', { uri: 'after' })).ended();
  await until(() => listeners[1]!.messages.length === 1);
  expect(listeners[0]!.messages).toEqual([]);
  const conflict = await first.post(first.callMessage(3, 'echo', { value: 'another' }));
  expect(conflict.status).toBe(400);
});

test('the state of a session can be queried', async () => {
  const { client, transport } = await connect(cluster.url);
  const { workflow } = new Client({ connection });
  const state = await workflow.getHandle(`mcp-session-${transport.sessionId}`).query('state');
  expect(state).toMatchObject({
    session: {
      id: transport.sessionId,
      principal: 'anonymous',
      protocolVersion: '2025-11-25',
      client: { name: 'test' },
    },
    initialized: true,
    callsInFlight: [],
  });
  await client.close();
});
