/**
 * The worker's log warns of calls that occupy their worker while they wait: they are at-most-once by default,
 * or their journal is too large for suspension.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, textOf, until, type Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let client: BareClient;
beforeAll(async () => {
  const workerArgs = ['--suspend-after', '100ms'];
  cluster = await startCluster({ app: 'test/fixtures/heldApp.ts', nodes: 1, workers: 1, workerArgs });
  client = await new BareClient(cluster.url).open({ elicitation: {} });
});
afterAll(() => cluster.stop());

const warnings = (): { message?: string; tool?: string; bytes?: number }[] =>
  (cluster.workers[0]?.output() ?? '')
    .split('\n')
    .filter((line) => /"level":(40|"warn")/i.test(line))
    .map((line) => JSON.parse(line) as object);
const about = (text: string) => warnings().filter((line) => JSON.stringify(line).includes(text));

async function call(id: number, tool: string, beforeAnswer?: () => unknown): Promise<void> {
  const stream = await client.call(id, tool);
  const asked = await stream.asked();
  await beforeAnswer?.();
  await client.answer(asked, { action: 'decline' });
  await stream.ended();
  expect(textOf(stream.result)).toBe('decline');
}

test('a tool that asks and is at-most-once without a word of its author is warned of once', async () => {
  await call(1, 'by-author');
  await call(2, 'by-annotation', () => until(() => about('at-most-once by default').length === 1));
  await call(3, 'by-annotation');
  expect(about('at-most-once by default')).toMatchObject([{ tool: 'by-annotation' }]);
});

test('a call that waits and carries too much to be suspended is warned of once', async () => {
  await call(4, 'heavy', () => until(() => about('can no longer be suspended').length === 1));
  const [warning] = about('can no longer be suspended');
  expect(warning?.bytes).toBeGreaterThan(64_000);
});
