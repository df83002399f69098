/**
 * An activity that is to adopt an attempt may come to another worker than the one that has it. It then goes to
 * that worker's own queue; if that worker is gone, the call has its second attempt.
 */
import { afterEach, expect, test } from '@jest/globals';
import { type HistoryEvent, until } from 'durable-mcp/testing';
import { HeldAttempts } from '../activities/heldAttempts';
import { DurableMcpServer } from '../src';
import { callKey } from '../src/wire/call';
import type { SessionState } from '../src/wire/session';
import { POLICY, call } from './fixtures/sessionEvents';
import { SessionWorld, type Session, type Shape } from './fixtures/sessionWorld';

const DAY_MS = 86_400_000;
let world: SessionWorld;
afterEach(() => world.stop());

/** Temporal gives each activity to whichever worker asks. */
const NOT_EAGER = { maxEagerActivityReservationsPerWorkflowTask: 0 };

/** The runs of the handler, each with its call's id and the number of its attempt. */
const runs: string[] = [];
async function start(shapes: Shape[]): Promise<void> {
  runs.splice(0);
  const app = () => {
    const server = new DurableMcpServer({ name: 'adopted', version: '1' });
    server.registerTool('says', {}, async (ctx) => {
      const run = `${ctx.requestId} in attempt ${ctx.attempt}`;
      runs.push(run);
      await ctx.log('info', run); // promotes the call
      return { content: [{ type: 'text', text: run }] };
    });
    return server;
  };
  world = await SessionWorld.start(app, 'real', shapes);
}

/** Sends a call as a node does. */
const send = ({ handle }: Session, id: number) =>
  handle.signal('request', {
    message: call(id, 'says'),
    policy: { ...POLICY, inlineFirst: true },
    postId: `post ${id}`,
    digest: 'digest',
    sentAt: Date.now(),
  });

/** Ends the session when its calls have ended; resolves with what its log holds for the client, and its history. */
async function ended(session: Session): Promise<{ sent: unknown[]; events: HistoryEvent[] }> {
  await until(async () => (await session.handle.query<SessionState>('state')).callsInFlight.length === 0);
  await session.handle.signal('end', { reason: 'test' });
  const lines = (await world.logOf(session)).filter(({ direction }) => direction === 'out').slice(1); // `initialize`
  const { events } = await session.handle.fetchHistory();
  return { sent: lines.map(({ message }) => message), events: events ?? [] };
}

const answerOf = (id: number, attempt: number) => ({
  id,
  result: { content: [{ text: `${id} in attempt ${attempt}` }] },
});
const adoptionsOnOwnQueues = (events: HistoryEvent[]) =>
  events.filter(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.taskQueue?.name?.startsWith('own'),
  );

test('an activity that comes to another worker is sent to the one that has the attempt', async () => {
  await start([
    { options: NOT_EAGER, hasOwnQueue: true },
    { options: NOT_EAGER, hasOwnQueue: true },
  ]);
  const sessions = await Promise.all(Array.from({ length: 3 }, () => world.open(DAY_MS)));
  const ids = Array.from({ length: 30 }, (_, id) => id);
  for (const id of ids) await send(sessions[id % 3]!, id);
  const logs = await Promise.all(sessions.map(ended));

  expect(runs.sort()).toEqual(ids.map((id) => `${id} in attempt 1`).sort());
  const answers = logs.flatMap(({ sent }) => sent).filter((message) => 'id' in (message as object));
  const byId = (answers as { id: number }[]).sort((a, b) => a.id - b.id);
  expect(byId).toMatchObject(ids.map((id) => answerOf(id, 1)));
  expect(logs.flatMap(({ events }) => adoptionsOnOwnQueues(events)).length).toBeGreaterThan(0);
});

test('if the worker that has the attempt is gone, the call is answered by its second attempt', async () => {
  const held = new HeldAttempts('own queue');
  await start([
    { held, options: { enableNonLocalActivities: false } }, // begins the call, and never gets an activity
    { options: { workflowBundle: undefined } },
  ]);
  const session = await world.open(DAY_MS);
  await send(session, 1);
  const { sent, events } = await ended(session);
  held.giveUp(`${(await session.handle.describe()).runId} ${callKey(1)}`); // in this process it lives on

  expect(runs).toEqual(['1 in attempt 1', '1 in attempt 2']);
  expect(sent).toMatchObject([{ params: { data: '1 in attempt 2' } }, answerOf(1, 2)]);
  expect(adoptionsOnOwnQueues(events)).toHaveLength(1);
});
