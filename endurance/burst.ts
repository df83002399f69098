/** One session makes many calls at once, over two nodes. */
import assert from 'node:assert/strict';
import { BareClient, type Cluster } from 'durable-mcp/testing';

export async function burst(cluster: Cluster, count: number): Promise<string> {
  const client = await new BareClient(cluster.url).open();
  await Promise.all(
    Array.from({ length: count }, async (_, id) => {
      const stream = await client.call(id, 'echo', { value: `${id}` });
      await stream.ended();
      assert.equal(stream.messages.length, 1);
      assert.equal(stream.text, `${id}`);
    }),
  );
  return `burst: ${count} calls at once into one session, one right answer each`;
}
