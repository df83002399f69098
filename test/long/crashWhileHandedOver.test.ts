/**
 * A full run cancels its activities, so that their calls go on in the next. Temporal then begins no further attempt of
 * one that dies or throws at that moment: the next run does, and only the end of the call is told to the client.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { pad } from '../fixtures/nextRun';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/greedyApp.ts', workers: 1, temporal: 'own' });
});
afterAll(() => cluster.stop());

/** More than the 16 MiB with which a run hands its calls over. */
const FULL = 20;

/** A call whose run is full, and which has been asked to let itself be handed over. */
async function handedOver(name: string, failures: number, attempt: number) {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call('held', 'fails-when-told', { name, failures });
  for (let before = 1; before < attempt; before++) await letEnd(name, before);
  await until(() => cluster.ledger.find(`${name} ${attempt}`));
  const run = await cluster.runOf(client.sessionId);
  await pad(client, FULL);
  const session = await cluster.workflowOf(client.sessionId);
  await until(async () => {
    const { raw } = await session.describe();
    return raw.pendingActivities?.some(({ state }) => state === CANCEL_REQUESTED);
  });
  return { stream, isInNextRun: async () => (await cluster.runOf(client.sessionId)) !== run };
}

async function letEnd(name: string, attempt: number): Promise<void> {
  await until(() => cluster.ledger.find(`${name} ${attempt}`));
  cluster.ledger.open(`${name} ${attempt}`);
}

/** `PENDING_ACTIVITY_STATE_CANCEL_REQUESTED` */
const CANCEL_REQUESTED = 3;

const said = (attempt: number) => ({ method: 'notifications/message', params: { data: attempt } });
const answer = (text: string) => ({ id: 'held', result: { content: [{ text }] } });

const attemptsOf = (name: string) =>
  cluster.ledger.entries().flatMap(({ what }) => (what.startsWith(`${name} `) ? [what] : []));

test('its worker dies: the next run runs it again, and its answer is the first that the client hears', async () => {
  const { stream, isInNextRun } = await handedOver('dies', 0, 1);
  await Promise.all(cluster.workers.splice(0).map((worker) => worker.kill()));
  await cluster.startWorker();
  await letEnd('dies', 2);
  await stream.ended();
  expect(stream.messages).toMatchObject([said(2), answer('attempt 2')]);
  expect(await isInNextRun()).toBe(true);
  expect(attemptsOf('dies')).toEqual(['dies 1', 'dies 2']);
});

test('its worker freezes and goes on later: what the frozen attempt still does is ignored', async () => {
  const { stream, isInNextRun } = await handedOver('freezes', 0, 1);
  const [frozen] = cluster.workers;
  frozen!.freeze();
  await cluster.startWorker();
  await until(() => cluster.ledger.find('freezes 2'));
  frozen!.thaw();
  cluster.ledger.open('freezes 1');
  await until(() => cluster.ledger.find('after the gate: freezes 1'));
  await letEnd('freezes', 2);
  await stream.ended();
  expect(stream.messages).toMatchObject([said(2), answer('attempt 2')]);
  expect(await isInNextRun()).toBe(true);
  expect(attemptsOf('freezes')).toEqual(['freezes 1', 'freezes 2']);
});

test('it throws: the next run tries it again, and no more often than its author allows', async () => {
  const { stream, isInNextRun } = await handedOver('throws', 3, 2);
  await letEnd('throws', 2);
  await letEnd('throws', 3);
  await stream.ended();
  expect(stream.messages).toMatchObject([answer('failure 3')]);
  expect(await isInNextRun()).toBe(true);
  expect(attemptsOf('throws')).toEqual(['throws 1', 'throws 2', 'throws 3']);
});
