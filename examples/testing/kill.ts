/**
 * Kills the worker of a call in its second step: another worker runs that step again, but not the first step.
 * Usage: npx tsx examples/testing/kill.ts
 */
// #region kill
import assert from 'node:assert';
import { BareClient, Cluster, until } from 'durable-mcp/testing';

async function main(): Promise<void> {
  const cluster = await Cluster.start({ app: 'examples/testing/ledger.ts' });
  try {
    const client = await new BareClient(cluster.url).open();
    const stream = await client.call(1, 'pack', {});
    await until(() => cluster.ledger.find('packing'));
    await cluster.killWhoDid('packing');
    cluster.ledger.open('packed');
    await stream.ended();
    assert.equal(stream.text, 'packed');
    assert.equal(cluster.ledger.count('reserved'), 1);
    assert.equal(cluster.ledger.count('packing'), 2);
  } finally {
    await cluster.stop();
  }
}
// #endregion

void main();
