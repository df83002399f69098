/**
 * A hundred calls of one session may wait for their client inside their activities, for hours. They must not
 * use up what other sessions need: a worker's slots and the namespace's long-polls.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { startMeasuredTemporal, type MeasuredTemporal } from './fixtures/measuredTemporal';
import { startCluster } from './fixtures/startCluster';

/** The most calls that a session runs at once (workflows/session/calls.ts), and also all activity slots of a default worker. */
const WAITING = 100;
let temporal: MeasuredTemporal;
let cluster: Cluster;
beforeAll(async () => {
  temporal = await startMeasuredTemporal();
  const app = 'test/fixtures/askingApp.ts';
  cluster = await startCluster({ app, nodes: 1, workers: 1, temporal: temporal.address });
});
afterAll(async () => {
  await cluster.stop();
  await temporal.remove();
});

/** Runs `act` for all, 25 at a time, so that a small machine is not overloaded. */
async function inWaves<T, R>(all: readonly T[], act: (each: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  while (done.length < all.length)
    done.push(...(await Promise.all(all.slice(done.length, done.length + 25).map(act))));
  return done;
}

test('while 100 calls of a session wait, others are answered, and its log is followed once; then each gets its answer', async () => {
  const asking = await new BareClient(cluster.url).open({ elicitation: { form: {} } });
  const ids = Array.from({ length: WAITING }, (_, id) => id);
  const streams: Recorded[] = await inWaves(ids, (id) => asking.call(id, 'order-once'));
  await until(() => cluster.ledger.count('order-once ran') === WAITING, 100_000);

  for (let i = 0; i < 10; i++) {
    const innocent = await new BareClient(cluster.url).open();
    const call = await innocent.call(1, 'recall');
    await call.ended();
    expect(call.text).toBe('{}');
  }

  // Two signals for each call: its request and its question. Temporal's metrics are updated with a delay.
  await until(
    async () => (await temporal.ofFrontend('service_requests', 'SignalWorkflowExecution')) >= 2 * WAITING,
  );
  // The long-polls of the worker, and one long-poll of the node for each session: not one for each waiting call.
  expect(
    await temporal.ofFrontend('service_pending_requests', 'PollWorkflowExecutionHistory'),
  ).toBeLessThanOrEqual(15);

  const texts = await inWaves(streams, async (stream) => {
    const request = await stream.asked();
    const content = { tip: streams.indexOf(stream) };
    await asking.answer(request, { action: 'accept', content });
    await stream.ended();
    return stream.text;
  });
  expect(texts).toEqual(ids.map((tip) => JSON.stringify({ action: 'accept', content: { tip } })));
}, 240_000);
