/**
 * The input of one run of a session is bounded, since Temporal terminates a workflow whose run is too long. Near the
 * limit, the node accepts only messages that let calls end; at the limit, none. Once the calls have ended, the session
 * continues as new and takes input again.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { Refusal } from '../../src/mcp/refusal';
import { clientErrorOf } from '../../src/service/toTemporal';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { pad } from '../fixtures/nextRun';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1, temporal: 'own' });
});
afterAll(() => cluster.stop());

const list = { jsonrpc: '2.0', id: 'list', method: 'tools/list' };
const notification = { jsonrpc: '2.0', method: 'notifications/progress' };
const cancelled = {
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId: 'nothing' },
};
const level = { jsonrpc: '2.0', id: 'level', method: 'logging/setLevel', params: { level: 'error' } };

async function expectRefusal(response: Response, status: number, retryAfter: string): Promise<void> {
  expect([response.status, response.headers.get('retry-after'), await response.json()]).toMatchObject([
    status,
    retryAfter,
    { error: { code: -32004, message: expect.any(String) } },
  ]);
}

async function echoes(client: BareClient, id: string): Promise<void> {
  const stream = await until(async () => {
    const answered = await client.call(id, 'echo', { value: id });
    return answered.response.status === 200 && answered;
  });
  await stream.ended();
  expect(stream.text).toBe(id);
}

test('too many bytes while a call keeps the run: 429 but for what lets calls end, then 503, and then all is well', async () => {
  const client = await new BareClient(cluster.url).open();
  const run = await cluster.runOf(client.sessionId);
  const held = await client.call('held', 'gated', { name: 'bytes' });
  await until(() => cluster.ledger.find('bytes started'));

  expect(await pad(client, 18)).not.toContain(429);
  const call = client.callMessage('more', 'echo', { value: 'more' });
  for (const message of [call, notification, level])
    await expectRefusal(await client.post(message), 429, '5');
  await expectRefusal((await client.get()).response, 429, '5');
  expect((await client.post(cancelled)).status).toBe(202);
  expect((await client.post(list)).status).toBe(200);

  const statuses = await pad(client, 40);
  expect(statuses.slice(0, 20)).not.toContain(503);
  expect(statuses.at(-1)).toBe(503);
  await expectRefusal(await client.post(cancelled), 503, '1');
  await expectRefusal(await client.post(call), 503, '1');
  expect((await client.post(list)).status).toBe(200);

  cluster.ledger.open('bytes');
  await held.ended();
  expect(held.text).toBe('bytes done');
  await echoes(client, 'more');
  expect(await cluster.runOf(client.sessionId)).not.toBe(run);
}, 180_000);

test('many that send at once come no further', async () => {
  const client = await new BareClient(cluster.url).open();
  const held = await client.call('held', 'gated', { name: 'at once' });
  const answers = await Promise.all(Array.from({ length: 80 }, () => pad(client, 1)));
  const taken = answers.flat().filter((status) => status === 202);
  expect(taken.length).toBeLessThanOrEqual(45);
  cluster.ledger.open('at once');
  await held.ended();
  expect(held.text).toBe('at once done');
}, 180_000);

test('too many messages while no worker lives: 429, then 503, also where it is Temporal that refuses, and the session stays', async () => {
  const client = await new BareClient(cluster.url).open();
  await Promise.all(cluster.workers.splice(0).map((worker) => worker.kill()));
  const session = await cluster.workflowOf(client.sessionId);
  const taken = (await session.fetchHistory()).events!.filter(
    (event) => event.workflowExecutionSignaledEventAttributes,
  ).length;

  await signal(session, 5_990 - taken);
  expect((await client.post(notification)).status).toBe(202);
  await until(async () => (await client.post(notification)).status === 429);
  await expectRefusal(await client.post(client.callMessage('more', 'echo', { value: 'more' })), 429, '5');
  expect((await client.post(cancelled)).status).toBe(202);

  await signal(session, 2_500);
  await until(async () => (await client.post(cancelled)).status === 503);
  await expectRefusal(await client.post(client.callMessage('more', 'echo', { value: 'more' })), 503, '1');

  // Several nodes can exceed the limit before each has read the others' messages. Temporal then refuses signal 10,001.
  const refused = await signal(session, 1_600).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Error);
  expect(clientErrorOf(refused)).toBeInstanceOf(Refusal);
  expect(clientErrorOf(refused)).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
  expect((await session.describe()).status.name).toBe('RUNNING');
}, 300_000);

/** Sends signals to the session directly, 20 at a time. */
async function signal(session: WorkflowHandle, times: number): Promise<void> {
  let left = times;
  const send = async () => {
    while (left-- > 0) await session.signal('heard');
  };
  await Promise.all(Array.from({ length: 20 }, send));
}
