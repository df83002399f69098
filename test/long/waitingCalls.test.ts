/**
 * A node follows a limited number of sessions, each by a long-poll. Beyond the limit, the session wakes the node when
 * there is something to read for a waiting call, as for idle streams (`idleStreams.test.ts`). The nodes of the first
 * cluster follow one session at most.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { nextRun } from '../fixtures/nextRun';
import { progressOf } from '../fixtures/progressOf';
import { startMeasuredTemporal } from '../fixtures/measuredTemporal';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodeArgs: ['--long-polls', '1'] });
});
afterAll(() => cluster.stop());

const at = (i: number) => cluster.nodes[i]!.ready;

/** Starts a call at the first node; resolves when its handler waits at the gate `name`. */
async function waiting(name: string): Promise<{ client: BareClient; stream: Recorded }> {
  const client = await new BareClient(at(0)).open();
  const stream = await client.call(1, 'gated', { name });
  await until(() => cluster.ledger.find(`${name} started`));
  await until(() => stream.events.length > 0); // the request is in the log some milliseconds later
  return { client, stream };
}

test('what a call says and answers comes, though nobody follows its log', async () => {
  const client = await new BareClient(at(0)).open();
  const stream = await client.call(1, 'count', { to: 3, pauseAt: 2 });
  await until(() => progressOf(stream.messages).length === 2);
  cluster.ledger.open('count');
  await stream.ended();
  expect(progressOf(stream.messages)).toEqual([1, 2, 3]);
  expect(stream.text).toBe('counted to 3');
  const { events } = await (await cluster.workflowOf(client.sessionId)).fetchHistory();
  const names = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  expect(names).toContain('wakeNode');
});

test('what a call says while it goes on comes before it ends', async () => {
  const client = await new BareClient(at(0)).open();
  const stream = await client.call(1, 'ticks');
  await until(() => progressOf(stream.messages).length >= 5);
  expect((await cluster.stateOf(client.sessionId)).callsInFlight).toHaveLength(1);
  cluster.ledger.open('enough');
  await stream.ended();
  const ticks = progressOf(stream.messages);
  expect(ticks).toEqual(ticks.map((_, i) => i + 1));
  expect(stream.text).toBe(`${ticks.length}`);
});

test('a stream that is resumed while its call waits is told as well, and each event comes once', async () => {
  const { client, stream } = await waiting('resumed');
  stream.cut();
  client.url = at(1);
  const rest = await client.get(stream.events[0]!.id);
  await rest.has(1);
  cluster.ledger.open('resumed');
  await rest.ended();
  expect(rest.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'resumed done' }] } }]);
});

test('a request that is asked again elsewhere takes the stream over, and both connections have the answer', async () => {
  const { client, stream } = await waiting('taken over');
  client.url = at(1);
  const again = await client.call(1, 'gated', { name: 'taken over' });
  cluster.ledger.open('taken over');
  await Promise.all([again.ended(), stream.ended()]);
  expect([again.text, stream.text]).toEqual(['taken over done', 'taken over done']);
});

test('a cancellation or the end of the session at another node ends the stream', async () => {
  const { client, stream } = await waiting('cancelled');
  client.url = at(1);
  await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
  await stream.ended();
  expect(stream.messages).toEqual([]);

  const ended = await waiting('deleted');
  ended.client.url = at(1);
  expect((await ended.client.delete()).status).toBe(204);
  await ended.stream.ended();
});

test('kill the worker of a call that waits: the answer of its next attempt comes', async () => {
  const { stream } = await waiting('orphan');
  await cluster.killWhoDid('orphan started');
  await cluster.startWorker();
  await until(() => cluster.ledger.find('orphan started attempt 2'));
  cluster.ledger.open('orphan');
  await stream.ended();
  expect(stream.text).toBe('orphan done');
});

test('a call that is suspended into the next run of its session is told there', async () => {
  const asking = await startCluster({
    app: 'test/fixtures/askingApp.ts',
    nodeArgs: ['--long-polls', '1'],
    workerArgs: ['--suspend-after', '500ms'],
  });
  try {
    const client = await new BareClient(asking.nodes[0]!.ready).open({ elicitation: {} });
    const stream = await client.call(1, 'order');
    const question = await stream.asked();
    await until(
      async () => (await asking.stateOf(client.sessionId)).callsInFlight[0]?.status === 'suspended',
    );
    client.url = asking.nodes[1]!.ready;
    await nextRun(asking, client);
    asking.ledger.open('answered');
    await client.answer(question, { action: 'accept', content: { tip: 3 } });
    await stream.ended();
    expect(JSON.parse(stream.text)).toEqual({ reserved: 'seat', paid: 3 });
  } finally {
    await asking.stop();
  }
});

test.each([[[]], [['--json-responses']]])(
  'many sessions with a call that waits take few long-polls %p',
  async (more) => {
    const temporal = await startMeasuredTemporal();
    const crowded = await startCluster({
      nodes: 1,
      workers: 1,
      nodeArgs: ['--long-polls', '3', ...more],
      temporal: temporal.address,
    });
    try {
      const clients: BareClient[] = [];
      while (clients.length < 10) clients.push(await new BareClient(crowded.url).open());
      const calls = clients.map((client, i) =>
        client.post(client.callMessage(1, 'gated', { name: `call ${i}` })),
      );
      await until(() => clients.every((_, i) => crowded.ledger.find(`call ${i} started`)));
      // Each session gets a signal and an update. Temporal's metrics are updated with a delay.
      for (const kind of ['SignalWorkflowExecution', 'UpdateWorkflowExecution'])
        await until(async () => (await temporal.ofFrontend('service_requests', kind)) >= 10);
      // Temporal counts its pending long-polls only when one begins.
      const another = await new BareClient(crowded.url).open();
      expect((await another.post(another.callMessage(1, 'echo', { value: 'one more' }))).status).toBe(200);
      await until(
        async () =>
          (await temporal.ofFrontend('service_pending_requests', 'PollWorkflowExecutionHistory')) <= 3,
      );
      clients.forEach((_, i) => {
        crowded.ledger.open(`call ${i}`);
      });
      for (const [i, call] of calls.entries()) expect(await (await call).text()).toContain(`call ${i} done`);
    } finally {
      await crowded.stop();
      await temporal.remove();
    }
  },
);
