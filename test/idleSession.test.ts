/**
 * Features, row 18: a session ends when its client has been silent for the time to live; pings and open
 * streams count as activity.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let connection: Connection;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1, nodeArgs: ['--idle-ttl', '6s'] });
  connection = await Connection.connect({ address: process.env.TEST_TEMPORAL });
});
afterAll(async () => {
  await connection.close();
  await cluster.stop();
});

test('pings alone, or an open stream alone, keep a session; one that is left alone ends, then 404', async () => {
  const [listens, pings] = [await open(), await open()];
  const stream = await listens.get();
  await stream.has(1);
  // Opened last: when this session has expired, the others would have expired before, if nothing kept them.
  const alone = await open();
  let ended = false;
  const { workflow } = new Client({ connection });
  const end = workflow.getHandle(`mcp-session-${alone.sessionId}`).result();
  void end.then(() => (ended = true));
  let id = 0;
  await until(async () => {
    const pong = await pings.post({ jsonrpc: '2.0', id: id++, method: 'ping' });
    expect(pong.status).toBe(200);
    return ended;
  });

  expect((await alone.post(alone.callMessage(1, 'who'))).status).toBe(404);
  expect((await alone.get()).response.status).toBe(404);
  const pinged = await pings.call('call', 'echo', { value: 'alive' });
  await pinged.ended();
  expect(pinged.messages).toMatchObject([{ id: 'call', result: {} }]);
  await (await listens.call('call', 'announce', { uri: 'alive' })).ended();
  await until(() => stream.messages.length === 1);
  // Each node reports activity to the session at most once per quarter of the time to live (1.5 s), however many pings come.
  const { events = [] } = await workflow.getHandle(`mcp-session-${pings.sessionId}`).fetchHistory();
  const told = events?.filter(
    ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'heard',
  );
  const [first, last] = [events?.at(0), events?.at(-1)].map((event) => Number(event?.eventTime?.seconds));
  expect(told?.length).toBeGreaterThan(0);
  expect(told?.length).toBeLessThan(2 * ((last! + 1 - first!) / 1.5 + 1));
});

const open = () => new BareClient(cluster.url).open();
