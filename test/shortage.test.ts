/**
 * A Temporal that has reached one of its own limits is not reported as unreachable, and clients are told to
 * retry after ever longer pauses.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { type Gate, startGate } from './fixtures/gate';
import { startCluster } from './fixtures/startCluster';

let gate: Gate;
let cluster: Cluster;
beforeAll(async () => {
  gate = await startGate(process.env.TEST_TEMPORAL!);
  cluster = await startCluster({ nodes: 1, workers: 0, temporal: gate.address });
  await cluster.startWorker(['--temporal', process.env.TEST_TEMPORAL!]);
});
afterAll(async () => {
  await cluster.stop();
  await gate.close();
});

test('a limit of Temporal is said by name, and pauses grow until it is over', async () => {
  const client = await new BareClient(cluster.url).open();
  gate.refuse({
    methods: /^(Signal|Update|Start|Execute)/,
    code: 8,
    message: 'namespace rate limit exceeded',
  });
  const refused = await Promise.all(
    ['a', 'b'].map((id) => client.post(client.callMessage(id, 'echo', { value: id }))),
  );
  expect(refused.map(({ status }) => status)).toEqual([503, 503]);
  expect(gate.refused.get('UpdateWorkflowExecution')).toBeLessThanOrEqual(2); // each once: they go as signals then
  expect(await refused[0]!.json()).toMatchObject({
    error: { code: -32003, message: expect.stringContaining('Temporal has reached a limit') },
  });
  const node = cluster.nodes[0]!;
  expect(node.output()).toMatch(/"limit":"namespace rate limit exceeded".*RESOURCE_EXHAUSTED/);
  expect(node.output()).not.toContain('does not answer in time');
  const pause = (response: Response) => Number(response.headers.get('retry-after'));
  expect(refused.map(pause).every((seconds) => seconds >= 1 && seconds <= 2)).toBe(true);
  await until(async () => pause(await client.post(client.callMessage('a', 'echo', { value: 'a' }))) > 2);

  gate.refuse();
  const stream = await client.call('a', 'echo', { value: 'a' });
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 'a', result: { content: [{ text: 'a' }] } }]);
});
