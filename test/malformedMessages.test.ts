/**
 * Anyone with access to the namespace can send a workflow any signal with any payload: such signals harm
 * neither the session nor the readers of its log.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AsyncCompletionClient, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { outside } from './fixtures/outside';
import { replay } from './fixtures/replay';
import { startCluster } from './fixtures/startCluster';

const SIGNALS = [
  'request',
  'clientMessage',
  'logLevel',
  'listen',
  'leave',
  'heard',
  'await',
  'subscription',
  'notify',
  'emit',
  'record',
  // signals of other workflows, and one of no workflow
  'subscribe',
  'updated',
  'unknown',
  'constructor',
  '__proto__',
];
const UPDATES = ['shortRequest', 'openAttempt', 'claim', 'setState'];
const NONSENSE = [null, 5, 'text', true, [], {}, { call: 1 }, { message: 5 }, { message: {} }, { uri: 'x' }];
const policy = { delivery: 'at-least-once', maximumAttempts: 3, initialIntervalMs: 1, timeoutMs: 1 };
const message = { jsonrpc: '2.0', id: 'by hand', method: 'tools/call' };
/** Payloads that are almost valid. */
const NEARLY: [signal: string, payload: unknown][] = [
  ['request', { message, policy: { ...policy, timeoutMs: -1 }, postId: 'p', digest: 'd' }],
  ['request', { message, policy: { ...policy, maximumAttempts: 0.5 }, postId: 'p', digest: 'd' }],
  ['request', { message: { ...message, id: 'x'.repeat(2_000) }, policy, postId: 'p', digest: 'd' }],
  ['request', { message: { ...message, id: {} }, policy, postId: 'p', digest: 'd' }],
  ['clientMessage', { message: { jsonrpc: '2.0', id: [], result: {} } }],
  ['logLevel', { level: 'loudest' }],
  ['listen', { stream: 'session-x', getId: 'g', wakeAt: '/_sys/x' }],
  ['emit', { call: '1', attempt: 1, emits: [{ to: 'call', message: null, mark: ['x', 1] }] }],
  ['emit', { call: '"gated"', attempt: 1, emits: {} }],
  ['record', { call: '"gated"', attempt: 1, step: 's', kind: 'sleep', outcome: { value: {} } }],
];
const RAW: { metadata: Record<string, Uint8Array>; data: Uint8Array }[] = [
  { metadata: { encoding: Buffer.from('binary/unheard-of') }, data: Buffer.from('?') },
  { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"broken') },
  { metadata: {}, data: Buffer.from('?') },
  { metadata: { encoding: Buffer.from('binary/plain') }, data: Buffer.from('?') },
];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

/** Signals with payloads that Temporal's SDK would never write. */
async function signalRaw({ client, workflowId }: WorkflowHandle, signalName: string): Promise<void> {
  const { namespace } = client.options;
  for (const payload of RAW) {
    const input = { payloads: [payload, payload] };
    const workflowExecution = { workflowId };
    await client.workflowService.signalWorkflowExecution({ namespace, workflowExecution, signalName, input });
  }
}

async function sendNonsense(handle: WorkflowHandle, signals: string[]): Promise<void> {
  for (const signal of signals) {
    await handle.signal(signal);
    for (const payload of NONSENSE) await handle.signal(signal, payload);
    await handle.signal(signal, 5, { more: true });
    await signalRaw(handle, signal);
  }
}

async function echoes(client: BareClient, id: string): Promise<void> {
  const stream = await client.call(id, 'echo', { value: id });
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id, result: { content: [{ text: id }] } }]);
}

const times = (outputs: { output(): string }[], words: string) =>
  outputs.map(({ output }) => output().split(words).length - 1);

test('a session that is sent nonsense goes on, on every node and worker, and its log can be replayed', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const gated = await client.call('gated', 'gated', { name: 'nonsense' });
  await until(() => cluster.ledger.find('nonsense started'));
  const handle = await cluster.workflowOf(client.sessionId);
  await sendNonsense(handle, SIGNALS);
  for (const [signal, payload] of NEARLY) await handle.signal(signal, payload);
  for (const update of UPDATES)
    for (const payload of [undefined, 5, {}, { call: 1, attempt: 1 }, null])
      await expect(handle.executeUpdate<unknown, [unknown]>(update, { args: [payload] })).rejects.toThrow(
        WorkflowUpdateFailedError,
      );

  cluster.ledger.open('nonsense');
  await gated.ended();
  expect(gated.messages).toMatchObject([{ id: 'gated', result: { content: [{ text: 'nonsense done' }] } }]);
  for (const [i, node] of cluster.nodes.entries()) {
    client.url = node.ready;
    await echoes(client, `after ${i}`);
    const again = await client.get(gated.events[0]!.id);
    await again.ended();
    expect(again.messages).toEqual(gated.messages);
  }
  const warnings = times(cluster.workers, 'a signal is not of its form');
  expect(warnings.reduce((sum, each) => sum + each, 0)).toBe(1);
  expect(times(cluster.nodes, 'a message that is not of its form')).toEqual([1, 1]);

  await Promise.all(cluster.workers.splice(0).map((worker) => worker.kill()));
  await cluster.startWorker();
  await echoes(client, 'at a worker that replays it');
  await replay(await handle.fetchHistory());
});

test('a session that is ended by hand, without a reason, has ended', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const listener = await client.get();
  await (await cluster.workflowOf(client.sessionId)).signal('end');
  await listener.ended();
  for (const { ready } of cluster.nodes) {
    client.url = ready;
    expect((await client.post(client.callMessage(1, 'echo', { value: 'x' }))).status).toBe(404);
  }
});

test('a call that is completed by hand with what is no answer is told to be lost, and its session goes on', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const stream = await client.call('mine', 'gated', { name: 'completed' });
  await until(() => cluster.ledger.find('completed started'));
  const { client: temporal, workflowId } = await cluster.workflowOf(client.sessionId);
  const runId = await cluster.runOf(client.sessionId);
  const { connection, options } = temporal;
  const byHand = new AsyncCompletionClient({ connection, namespace: options.namespace });
  await byHand.complete({ workflowId, runId, activityId: 'request "mine"' }, 5);
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 'mine', result: { isError: true } }]);
  expect(stream.text).toContain('cut off');
  await echoes(client, 'next');
});

test('a workflow that somebody else gave the name of a session is no session', async () => {
  const sessionId = '01234567-89ab-cdef-0123-456789abcdef';
  const client = new BareClient(cluster.nodes[0]!.ready);
  client.sessionId = sessionId;
  const { client: temporal } = await cluster.workflowOf(sessionId);
  const workflowId = `mcp-session-${sessionId}`;
  const handle = await temporal.start('mcpSession', { workflowId, taskQueue: 'nobody', args: [5] });
  try {
    expect((await client.post(client.callMessage(1, 'echo', { value: 'x' }))).status).toBe(404);
  } finally {
    await handle.terminate();
  }
});

test('maps and subscribers of resources survive it as well', async () => {
  const shared = await startCluster({ app: 'test/fixtures/sharedApp.ts', nodes: 1, workers: 1 });
  try {
    const client = await new BareClient(shared.url).open();
    const told = await client.get();
    await client.ask('resources/subscribe', { uri: 'board://one' });
    await (await client.call(1, 'insert', { map: 'm', key: 'k', value: 'v' })).ended();
    const { client: temporal } = await shared.workflowOf(client.sessionId);
    const temporalOptions = JSON.stringify({ temporal: { taskQueue: shared.taskQueue } });
    const ids: string[] = [];
    await until(async () => {
      ids.splice(0);
      const query = `TaskQueue = '${shared.taskQueue}' AND ExecutionStatus = 'Running'`;
      for await (const { workflowId } of temporal.list({ query })) ids.push(workflowId);
      return ids.length === 3;
    });
    for (const id of ids.filter((id) => !id.startsWith('mcp-session'))) {
      const handle = temporal.getHandle(id);
      await sendNonsense(handle, ['subscribe', 'unsubscribe', 'updated', 'unknown']);
      if (!id.startsWith('mcp-map')) continue;
      for (const update of ['insert', 'remove'])
        for (const payload of [undefined, 5, { key: 1 }])
          await expect(handle.executeUpdate<unknown, [unknown]>(update, { args: [payload] })).rejects.toThrow(
            WorkflowUpdateFailedError,
          );
    }
    await outside(`await mcp.notifyResourceUpdated('board://one', ${temporalOptions})`, shared.address);
    await until(() => told.messages.length === 1);
    const get = await client.call(2, 'get', { map: 'm', key: 'k' });
    await get.ended();
    expect(get.text).toBe('"v"');
    told.cut();
  } finally {
    await shared.stop();
  }
});
