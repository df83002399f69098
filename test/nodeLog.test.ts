/**
 * A node's log: opened sessions at `info`, each request at `debug`. Text that a client chooses is shortened
 * and escaped, and a call's content is not logged.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type RunningCommand, startCommand, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
const nodes: RunningCommand[] = [];
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, workers: 1 });
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  await cluster.stop();
});

async function nodeWith(level: string): Promise<RunningCommand> {
  const args = ['--temporal', cluster.address, '--task-queue', cluster.taskQueue, '--port', '0'];
  const node = await startCommand(['http', 'test/fixtures/app.ts', ...args], { LOG_LEVEL: level });
  nodes.push(node);
  return node;
}

const linesOf = (node: RunningCommand) =>
  node
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('at info: a session that is opened, with the beginning of what its client calls itself', async () => {
  const node = await nodeWith('info');
  const { sessionId } = await new BareClient(node.ready, '2025-11-25', 'n'.repeat(250)).open();
  const line = await until(() => linesOf(node).find(({ msg }) => msg === 'session opened'));
  expect(line).toMatchObject({ session: sessionId, client: 'n'.repeat(200), protocolVersion: '2025-11-25' });
  expect(linesOf(node).filter(({ msg }) => msg === 'request')).toEqual([]);
});

test('at debug: each request with its session, what it was, and how long it took', async () => {
  const node = await nodeWith('debug');
  const client = await new BareClient(node.ready).open();
  await (await client.call('call 1', 'echo', { value: 'logged' })).ended();
  const line = await until(() => linesOf(node).find(({ request }) => request === 'call 1'));
  expect(line).toMatchObject({
    msg: 'request',
    level: 20,
    session: client.sessionId,
    method: 'POST',
    rpc: 'tools/call',
    status: 200,
    answered: true,
    ms: expect.any(Number),
  });
  expect(JSON.stringify(linesOf(node))).not.toContain('logged'); // the content of a call must not be logged
});

test('what a terminal would obey, or an editor show in another order, is escaped, and read as it was', async () => {
  const name = 'a\u202eb\u009b31m\u2028\u200f\u{e0041}\u001b[31m';
  const node = await nodeWith('info');
  const { sessionId } = await new BareClient(node.ready, '2025-11-25', name).open();
  const line = await until(() => linesOf(node).find(({ session }) => session === sessionId));
  expect(line.client).toContain(name);
  expect(node.output()).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
});
