/**
 * A session may have more calls than Temporal lets be pending at once (workflows/calls.ts): without the limit there, its workflow task fails
 * again and again, and none is ever answered.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

/** So many connections at once are too many for the machine, now and then; whose request got lost sends it again, as any client may. */
async function call(client: BareClient, id: number): Promise<Recorded> {
  for (;;) {
    const stream = await client.call(id, 'echo', { value: `value ${id}` }).catch((error: unknown) => {
      if (!(error instanceof TypeError)) throw error; // fetch failed
    });
    if (stream) return stream;
  }
}

test('each of 2,100 calls that a session makes at once is answered', async () => {
  const client = await new BareClient(cluster.url).open();
  const streams = await Promise.all(Array.from({ length: 2_100 }, (_, id) => call(client, id)));
  await Promise.all(streams.map((stream) => until(() => stream.closed, 150_000)));
  expect(streams.map(({ messages }) => messages)).toEqual(
    streams.map((_, id) => [
      { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: `value ${id}` }] } },
    ]),
  );
}, 180_000);
