/**
 * Features, row 25: past events are read while new ones arrive; there is no gap and no duplicate where the
 * two meet.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type SseEvent } from 'durable-mcp/testing';
import { seededRandom } from '../faults/random';
import { startCluster } from './fixtures/startCluster';
import { SEED } from './fixtures/seed';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

const DROPS = 100;

test(`${DROPS} random drops of a stream that goes on meanwhile, resumed on random nodes`, async () => {
  const random = seededRandom(SEED);
  const below = (limit: number) => Math.floor(random() * limit);
  const client = await new BareClient(cluster.url).open();
  const read: SseEvent[] = [];
  let stream = await client.call(1, 'ticks');
  for (let drop = 0; drop < DROPS; drop++) {
    await stream.has(1 + below(4)); // the priming event, and up to three ticks
    stream.cut();
    read.push(...stream.events);
    client.url = cluster.nodes[below(cluster.nodes.length)]!.ready;
    stream = await client.get(read.at(-1)!.id);
  }
  cluster.ledger.open('enough');
  await stream.ended();
  read.push(...stream.events);

  const messages = read.flatMap(({ message }) => (message ? [message] : []));
  const ticks = messages.flatMap((message) => ('method' in message ? [message.params?.progress] : []));
  expect({ SEED, ticks }).toEqual({ SEED, ticks: ticks.map((_, i) => i + 1) });
  expect(messages.filter((message) => 'result' in message)).toMatchObject([
    { id: 1, result: { content: [{ text: `${ticks.length}` }] } },
  ]);
  expect(ticks.length).toBeGreaterThan(DROPS);
});
