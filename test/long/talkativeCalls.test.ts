/** Many large messages at once fill a session's history, which Temporal ends at 50 MB: some calls fail, the session lives. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/greedyApp.ts', workers: 1, temporal: 'own' });
});
afterAll(() => cluster.stop());

const MINUTES = 60_000;

test.each([
  ['say', 'talks', 12],
  ['answer', 'answers-much', 30],
])(
  'calls that %s much at once',
  async (_, tool, count) => {
    const client = await new BareClient(cluster.url).open();
    const session = await cluster.workflowOf(client.sessionId);
    const ids = Array.from({ length: count }, (_each, id) => id);
    const streams = await Promise.all(ids.map((id) => client.call(id, tool)));
    await until(async () => {
      const { callsInFlight, callsWaiting } = await cluster.stateOf(client.sessionId);
      return callsInFlight.length + callsWaiting === 0;
    }, 4 * MINUTES);
    expect((await session.describe()).status.name).toBe('RUNNING');
    const answers = await Promise.all(
      streams.map(async (stream) => {
        await stream.ended();
        const rest = stream.messages.some((message) => 'result' in message)
          ? stream
          : await client.get(stream.events[0]!.id);
        await rest.ended();
        return rest.result;
      }),
    );
    const failed = answers.filter(({ isError }) => isError);
    expect(failed.length).toBeGreaterThan(0);
    for (const { content } of failed)
      expect(JSON.stringify(content)).toMatch(/session's log (is full|until)|left of the session's log/);
    const after = await client.call('after', 'echo', { value: 'after' });
    await after.ended();
    expect(after.text).toBe('after');
  },
  6 * MINUTES,
);
