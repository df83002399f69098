/**
 * Temporal allows 10,000 signals and 2,000 updates in one run of a session. Calls with many steps share signals, and a
 * full run continues as new, together with its running calls.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/greedyApp.ts', workers: 1, temporal: 'own' });
});
afterAll(() => cluster.stop());

const MINUTES = 60_000;

const sumTo = (count: number) => `${(count * (count + 1)) / 2}`;

const answered = (stream: Recorded) => until(() => stream.closed, 5 * MINUTES);

test(
  'records of calls that run at the same time share signals',
  async () => {
    const client = await new BareClient(cluster.url).open();
    const calls = Array.from({ length: 11 }, (_, id) => client.call(id, 'steps', { count: 990 }));
    const streams = await Promise.all(calls);
    for (const stream of streams) await answered(stream);
    expect(streams.map(({ text }) => text)).toEqual(streams.map(() => sumTo(990)));
    const { historyLength } = await (await cluster.workflowOf(client.sessionId)).describe();
    expect(historyLength).toBeLessThan(20_000); // 10,890 separate signals, each with its workflow task, would be over 40,000
  },
  6 * MINUTES,
);

test(
  'a full run hands its calls to the next, where each goes on after its last step',
  async () => {
    const client = await new BareClient(cluster.url).open();
    const run = await cluster.runOf(client.sessionId);
    const names = ['a', 'b', 'c'];
    const streams = await Promise.all(
      names.map((name) => client.call(name, 'steps-once', { name, count: 750 })),
    );
    const quick = await client.call('quick', 'echo', { value: 'quick' });
    for (const stream of [...streams, quick]) await answered(stream);
    expect(streams.map(({ text }) => text)).toEqual(names.map(() => sumTo(750)));
    expect(quick.text).toBe('quick');
    expect(await cluster.runOf(client.sessionId)).not.toBe(run);
    const done = cluster.ledger.entries().map(({ what }) => what);
    for (const name of names) {
      const steps = done.filter((what) => what.startsWith(`${name} `));
      expect(steps).toEqual(Array.from({ length: 750 }, (_, i) => `${name} ${i + 1}`));
    }
  },
  6 * MINUTES,
);
