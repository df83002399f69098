/**
 * Features, row 34: after a change of the list of tools, prompts or resources, every session of the app is
 * notified once.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import {
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster, type Recorded, connect, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { outside } from './fixtures/outside';
import { untilMark } from './fixtures/mark';

let cluster: Cluster;
let connection: Connection;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/sharedApp.ts' });
  connection = await Connection.connect({ address: process.env.TEST_TEMPORAL });
});
afterAll(async () => {
  await connection.close();
  await cluster.stop();
});

const workflows = () => new Client({ connection }).workflow;
const changed = (kind: string) => ({ jsonrpc: '2.0', method: `notifications/${kind}/list_changed` });
const has = (stream: Recorded, count: number) => until(() => stream.messages.length >= count);

/** Waits until visibility, which is eventually consistent, lists that many sessions. */
async function listed(count: number): Promise<void> {
  const query = `WorkflowType = 'mcpSession' AND TaskQueue = '${cluster.taskQueue}' AND ExecutionStatus = 'Running'`;
  await until(async () => (await workflows().count(query)).count >= count);
}

test('from a process outside, each kind reaches every session once, also one that comes back later', async () => {
  const { client: official, transport } = await connect(cluster.url);
  const heard: string[] = [];
  official.fallbackNotificationHandler = async ({ method }) => void heard.push(method);
  for (const schema of [
    ToolListChangedNotificationSchema,
    PromptListChangedNotificationSchema,
    ResourceListChangedNotificationSchema,
  ])
    official.setNotificationHandler(schema, ({ method }) => void heard.push(method));
  const bare = await new BareClient(cluster.url).open();
  const before = await bare.get();
  await before.has(1);
  before.cut();
  // This server did not declare prompts, so its client must not get notifications about prompts.
  const promptless = await new BareClient(cluster.url, '2025-11-25', 'unchanged').open();
  const spared = await promptless.get();
  await listed(3);

  const options = JSON.stringify({ temporal: { taskQueue: cluster.taskQueue } });
  const kinds = ['tools', 'prompts', 'resources'];
  const program = kinds.map((kind) => `await mcp.notifyListChanged('${kind}', ${options});`).join(' ');
  await outside(program, process.env.TEST_TEMPORAL ?? '');

  const stream = await bare.get(before.events[0]!.id);
  await has(stream, 3);
  expect(stream.messages).toEqual(kinds.map(changed));
  stream.cut();
  const rest = await bare.get(stream.events.find(({ message }) => message)!.id);
  expect(await untilMark(cluster, bare, rest)).toEqual(kinds.slice(1).map(changed));
  rest.cut();
  expect(await untilMark(cluster, promptless, spared)).toEqual(['tools', 'resources'].map(changed));
  spared.cut();
  await until(() => heard.length >= 3);
  const session = workflows().getHandle(`mcp-session-${transport.sessionId}`);
  await session.signal('notify', { id: 'last', message: { jsonrpc: '2.0', method: 'notifications/last' } });
  await until(() => heard.includes('notifications/last'));
  expect(heard).toEqual([...kinds.map((kind) => changed(kind).method), 'notifications/last']);
  await official.close();
});

test('from a handler whose worker is killed: told once', async () => {
  const [caller, other] = [
    await new BareClient(cluster.url).open(),
    await new BareClient(cluster.url).open(),
  ];
  await listed(5);
  const stream = await other.get();
  const call = await caller.call(1, 'change-then-wait', { kind: 'prompts' });
  await until(() => cluster.ledger.find('changed in attempt 1'));
  await cluster.killWhoDid('changed in attempt 1');
  cluster.ledger.open('after-change');
  await call.ended();
  expect(cluster.ledger.count('changed in attempt 2')).toBe(1);
  expect(await untilMark(cluster, other, stream)).toEqual([changed('prompts')]);
  stream.cut();
});
