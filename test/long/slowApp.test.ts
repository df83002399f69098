/** An app function that never returns its server: waiting clients get an error, and no process waits for ever. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, runCommand, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    app: 'test/fixtures/slowApp.ts',
    nodes: 1,
    workers: 1,
    nodeArgs: ['--idle-ttl', '4s'],
  });
});
afterAll(() => cluster.stop());

const open = () => new BareClient(cluster.url, '2025-11-25', 'stuck').open();
const late = /The app returned no server within 10 s/;

test('in a worker the call fails, and says why', async () => {
  const client = await open();
  const stream = await client.call(1, 'one');
  await stream.ended();
  expect(stream.messages).toMatchObject([
    { id: 1, error: { code: -32603, message: expect.stringMatching(late) } },
  ]);
  expect(cluster.ledger.count('a worker waits')).toBe(1);
});

test('on a node: what it answers itself fails, a session cannot be opened, and one that is left ends of its idle time', async () => {
  const [left, stays] = [await open(), await open()];
  cluster.ledger.open('stuck');

  const gone = new AbortController();
  const call = left.post(left.callMessage(1, 'other'), {}, gone.signal).catch(() => 'cut');
  await until(() => cluster.ledger.find('a node waits'));
  gone.abort();
  expect(await call).toBe('cut');

  expect(await stays.ask('tools/list')).toMatchObject({
    error: { code: -32603, message: expect.stringMatching(late) },
  });
  expect((await stays.post(stays.callMessage(1, 'other'))).status).toBe(500);
  await expect(open()).rejects.toThrow(/initialize was answered with 500/);
  expect(cluster.nodes[0]!.output()).toMatch(late);

  await expect((await cluster.workflowOf(left.sessionId)).result()).resolves.toBeUndefined();
});

test.each(['http', 'worker'])('%s does not start with it', async (role) => {
  const { code, output } = await runCommand([
    role,
    'test/fixtures/neverApp.ts',
    '--temporal',
    process.env.TEST_TEMPORAL!,
  ]);
  expect({ code, output }).toMatchObject({
    code: 1,
    output: expect.stringMatching(
      /^durable-mcp: The app \S+ failed to build its server: The app returned no server within 10 s/,
    ),
  });
});
