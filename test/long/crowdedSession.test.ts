/**
 * A session may have more calls than Temporal allows pending activities (workflows/session/calls.ts). Without the limit
 * there, the session's workflow task would fail again and again, and no call would be answered.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1, temporal: 'own' });
});
afterAll(() => cluster.stop());

test('each of 2,100 calls that waited for a worker is answered', async () => {
  const client = await new BareClient(cluster.url).open();
  await Promise.all(cluster.workers.splice(0).map((worker) => worker.kill()));
  const streams: Recorded[] = [];
  while (streams.length < 2_100) {
    // 50 at a time, so that a small machine is not overloaded: Temporal writes the signals of a session one by one.
    const wave = Array.from({ length: 50 }, (_, n) => streams.length + n);
    streams.push(...(await Promise.all(wave.map((id) => client.call(id, 'gated', { name: 'crowd' })))));
  }
  await cluster.startWorker();
  const crowded = await until(async () => {
    const state = await cluster.stateOf(client.sessionId);
    return state.callsInFlight.length === 100 && state;
  });
  expect(crowded.callsWaiting).toBe(2_000);
  const session = await cluster.workflowOf(client.sessionId);
  expect(await session.query('__temporal_workflow_metadata')).toMatchObject({
    currentDetails: expect.stringContaining(
      '**Calls in flight: 100, and 2000 more wait until these have ended**',
    ),
  });
  cluster.ledger.open('crowd');
  for (const stream of streams) await stream.ended();
  expect(streams.map(({ messages }) => messages)).toEqual(
    streams.map((_, id) => [
      { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'crowd done' }] } },
    ]),
  );
}, 240_000);
