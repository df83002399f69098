/**
 * A full run cancels its activities, so that their calls go on in the next. Temporal then begins no further attempt of
 * one that dies or throws at that moment: the next run does, and only the end of the call is told to the client.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporal } from '@temporalio/proto';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { pad } from '../fixtures/nextRun';
import { startCluster } from '../fixtures/startCluster';

const { PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: CANCEL_REQUESTED } =
  temporal.api.enums.v1.PendingActivityState;

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
  return { name, stream, isInNextRun: async () => (await cluster.runOf(client.sessionId)) !== run };
}

/** The client has been sent these messages, and the handler has run once for each of the attempts. */
async function expectEnd(
  { name, stream, isInNextRun }: Awaited<ReturnType<typeof handedOver>>,
  messages: object[],
  attempts: number[],
): Promise<void> {
  await stream.ended();
  expect(stream.messages).toMatchObject(messages);
  expect(await isInNextRun()).toBe(true);
  const notes = cluster.ledger.entries().map(({ what }) => what);
  expect(notes.filter((what) => what.startsWith(`${name} `))).toEqual(attempts.map((n) => `${name} ${n}`));
}

async function letEnd(name: string, attempt: number): Promise<void> {
  await until(() => cluster.ledger.find(`${name} ${attempt}`));
  cluster.ledger.open(`${name} ${attempt}`);
}

const said = (attempt: number) => ({ method: 'notifications/message', params: { data: attempt } });
const answer = (text: string) => ({ id: 'held', result: { content: [{ text }] } });

test('its worker dies: the next run runs it again, and its answer is the first that the client hears', async () => {
  const call = await handedOver('dies', 0, 1);
  await Promise.all(cluster.workers.splice(0).map((worker) => worker.kill()));
  await cluster.startWorker();
  await letEnd('dies', 2);
  await expectEnd(call, [said(2), answer('attempt 2')], [1, 2]);
});

test('its worker freezes and goes on later: what the frozen attempt still does is ignored', async () => {
  const call = await handedOver('freezes', 0, 1);
  const [frozen] = cluster.workers;
  frozen!.freeze();
  await cluster.startWorker();
  await until(() => cluster.ledger.find('freezes 2'));
  frozen!.thaw();
  cluster.ledger.open('freezes 1');
  await until(() => cluster.ledger.find('after the gate: freezes 1'));
  await letEnd('freezes', 2);
  await expectEnd(call, [said(2), answer('attempt 2')], [1, 2]);
});

test('it throws: the next run tries it again, and no more often than its author allows', async () => {
  const call = await handedOver('throws', 3, 2);
  await letEnd('throws', 2);
  await letEnd('throws', 3);
  await expectEnd(call, [answer('failure 3')], [1, 2, 3]);
});
