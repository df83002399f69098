/** Features, row 13, on a small scale: a session whose history grows too long continues as new and loses nothing. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { AuditLine } from '../../src/log/audit';
import { BareClient, type Cluster, Recorded, connect, runCommand, until } from 'durable-mcp/testing';
import { nextRun, pad } from '../fixtures/nextRun';
import { untilMark } from '../fixtures/mark';
import { startCluster } from '../fixtures/startCluster';

const address = process.env.TEST_TEMPORAL ?? '';
let cluster: Cluster;
let connection: Connection;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, workers: 1 });
  connection = await Connection.connect({ address });
});
afterAll(async () => {
  await connection.close();
  await cluster.stop();
});

test('calls go on across continue-as-new, ids stay used, and old streams can still be read', async () => {
  const first = await new BareClient(cluster.url).open();
  const early = await first.call('early', 'count', { to: 2 });
  await early.ended();
  const listeners = [await first.get(), await first.get()]; // on two nodes; the newest stream gets the messages

  const { workflow } = new Client({ connection });
  const handle = workflow.getHandle(`mcp-session-${first.sessionId}`);
  const { runId } = await handle.describe();
  let calls = 0;
  while ((await handle.describe()).runId === runId) {
    const ids = Array.from({ length: 25 }, () => calls++);
    const streams = await Promise.all(ids.map((id) => first.call(id, 'echo', { value: `${id}` })));
    await Promise.all(streams.map((stream) => stream.ended()));
    expect(streams.map((stream) => stream.text)).toEqual(ids.map(String));
    expect(calls).toBeLessThan(1_000);
  }

  const rest = await first.get(early.events[0]!.id);
  await rest.ended();
  expect(rest.events.slice(1)).toEqual(early.events.slice(1));
  const named = { 'last-event-id': early.events[0]!.id! }; // Last-Event-ID, since a repeat a minute after the answer would be refused
  const asked = await first.post(first.callMessage('early', 'count', { to: 2 }), named);
  const again = new Recorded(asked, new AbortController());
  await again.ended();
  expect(again.messages).toEqual(early.messages);
  await (await first.call('announced', 'announce', { uri: 'after' })).ended();
  expect(await untilMark(cluster, first, listeners[1]!)).toHaveLength(1);
  for (const [n, { ready }] of cluster.nodes.entries()) {
    const there = new BareClient(ready);
    there.sessionId = first.sessionId;
    await (await there.call(`read ${n}`, 'echo', { value: 'read' })).ended(); // so that this node has read the log up to here
  }
  expect(listeners[0]!.messages).toEqual([]);
  const conflict = await first.post(first.callMessage(3, 'echo', { value: 'another' }));
  expect(conflict.status).toBe(400);

  const { McpClient, McpTool } = (await handle.describe()).searchAttributes;
  expect([McpClient, McpTool]).toEqual([['bare'], ['count', 'echo', 'announce']]);
  const ids = [
    'initialize',
    'early',
    ...['announced', 'read 0', 'read 1'],
    ...Array.from({ length: calls }, (_, i) => i),
    ...['early', 3], // the repeated request, and the refused one
  ];
  const lines = await exported(first.sessionId);
  const requests = lines.flatMap(({ message }) =>
    'method' in message && 'id' in message ? [message.id] : [],
  );
  expect(requests).toHaveLength(ids.length);
  expect(new Set(requests)).toEqual(new Set(ids));
  expect(lines.flatMap(({ verdict = [] }) => verdict)).toEqual(['repeat', 'conflict']);
  const answers = lines.flatMap(({ message }) =>
    !('method' in message) && 'id' in message ? [message.id] : [],
  );
  expect(answers).toHaveLength(ids.length - 2);
  expect(new Set(answers)).toEqual(new Set(ids));
  const runs = new Set(lines.map(({ eventId }) => eventId.split('.')[0]));
  const lastRun = (await handle.describe()).runId;
  expect([...runs]).toEqual([runId, lastRun]);

  // Deletes the first run, as the namespace's retention would.
  await connection.workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId, runId },
  });
  const shortened = await until(async () => {
    const { code, output } = await exportOf(first.sessionId);
    return code === 0 && output.includes('only from') && output;
  });
  const [said, ...kept] = shortened.trim().split('\n');
  expect(said).toMatch(/^Temporal keeps the session \S+ only from /);
  expect(kept.map((line) => JSON.parse(line) as AuditLine)).toEqual(
    lines.filter(({ eventId }) => eventId.startsWith(lastRun)),
  );
}, 180_000);

const exportOf = (id: string) => runCommand(['sessions', 'export', id, '--temporal', address]);

async function exported(id: string): Promise<AuditLine[]> {
  const { code, output } = await exportOf(id);
  expect(code).toBe(0);
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditLine);
}

test('a long run with a call that goes on keeps others waiting only a moment, and is continued after it', async () => {
  const client = await new BareClient(cluster.url).open();
  const run = await cluster.runOf(client.sessionId);
  const held = await client.call('held', 'gated', { name: 'held' });
  await until(() => cluster.ledger.find('held started'));
  await pad(client, 6);
  for (const value of ['one', 'two']) {
    const other = await client.call(value, 'echo', { value });
    await other.ended();
    expect(other.text).toBe(value);
  }
  expect(await cluster.runOf(client.sessionId)).toBe(run);
  cluster.ledger.open('held');
  await held.ended();
  expect(held.text).toBe('held done');
  await until(async () => (await cluster.runOf(client.sessionId)) !== run);
});

test('requests that wait for the next run, and together are too large for it, are answered in this one', async () => {
  const client = await new BareClient(cluster.url).open();
  const last = await client.call('last', 'gated', { name: 'last' });
  await until(() => cluster.ledger.find('last started'));
  // Fills the run so that it starts no further calls. The handlers' messages do that, since input is limited earlier.
  for (const id of [1, 2, 3]) await (await client.call(`much ${id}`, 'says-much')).ended();
  const value = 'x'.repeat(900_000);
  const waiting = await Promise.all([1, 2, 3].map((id) => client.call(id, 'echo', { value })));
  expect((await cluster.stateOf(client.sessionId)).callsInFlight).toMatchObject([{ requestId: 'last' }]);
  cluster.ledger.open('last');
  for (const stream of [last, ...waiting]) await stream.ended();
  expect(waiting.map(({ text }) => text.length)).toEqual([1, 2, 3].map(() => value.length));
  await nextRun(cluster, client);
});

test('the state of a session can be queried', async () => {
  const { client, transport } = await connect(cluster.url);
  const { workflow } = new Client({ connection });
  const state = await workflow.getHandle(`mcp-session-${transport.sessionId}`).query('state');
  expect(state).toMatchObject({
    session: {
      id: transport.sessionId,
      principal: 'anonymous',
      protocolVersion: '2025-11-25',
      client: { name: 'test' },
    },
    initialized: true,
    callsInFlight: [],
  });
  await client.close();
});
