/**
 * A link to Temporal goes dead silently, as behind a firewall that drops its state: a node notices soon, and
 * recovers by itself.
 */
import { expect, test } from '@jest/globals';
import { BareClient, until } from 'durable-mcp/testing';
import { startLink } from '../fixtures/link';
import { startCluster } from '../fixtures/startCluster';

/** Shorter than gRPC's own keep-alive, which takes 30 to 45 s to detect a dead connection. */
const SOON_MS = 27_000;

test("a node's connections that have gone dead are replaced soon, and its clients and streams go on", async () => {
  const link = await startLink(process.env.TEST_TEMPORAL!);
  const cluster = await startCluster({ nodes: 0, workers: 1 });
  try {
    const args = ['--temporal', link.address];
    const client = await new BareClient((await cluster.startNode('0', args)).ready).open();
    const open = await client.call('open', 'gated', { name: 'dead link' });
    await until(() => cluster.ledger.find('dead link started'));
    link.goDead();
    expect(link.dead).toBeGreaterThan(0);
    cluster.ledger.open('dead link');
    await until(() => link.dead === 0, SOON_MS);
    await open.ended();
    expect(open.messages).toMatchObject([{ id: 'open', result: { content: [{ text: 'dead link done' }] } }]);
    const next = await client.call('next', 'echo', { value: 'goes on' });
    await next.ended();
    expect(next.messages).toMatchObject([{ id: 'next', result: { content: [{ text: 'goes on' }] } }]);
  } finally {
    await cluster.stop();
    await link.close();
  }
});
