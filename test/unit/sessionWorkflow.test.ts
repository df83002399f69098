/** The session workflow on Temporal's test server, driven by signals, without HTTP. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from 'durable-mcp/testing';
import { DurableMcpServer } from '../../src';
import type { SessionState } from '../../src/wire/session';
import { call, requested } from '../fixtures/sessionEvents';
import { SessionWorld, type Session } from '../fixtures/sessionWorld';

const DAY_MS = 86_400_000;
let world: SessionWorld;
let ran = 0;
/** Opens the gate at which the tool `waits` waits. */
let open: () => void;
const gate = new Promise<void>((resolve) => (open = resolve));
beforeAll(async () => {
  world = await SessionWorld.start(() => {
    const server = new DurableMcpServer({ name: 'unit', version: '1' });
    server.registerTool('tool', {}, async (ctx) => {
      await ctx.log('info', `run ${++ran}`);
      return { content: [{ type: 'text', text: 'done' }] };
    });
    server.registerTool('waits', {}, async () => {
      await gate;
      return { content: [] };
    });
    return server;
  }, 'real');
});
afterAll(() => world.stop());

const send = ({ handle }: Session, message = call(1), digest = 'digest') =>
  handle.signal('request', (requested(message, digest) as { signal: unknown }).signal);
const end = ({ handle }: Session) => handle.signal('end', { reason: 'test' });
const stateOf = ({ handle }: Session) => handle.query<SessionState>('state');

/** Resolves when all calls of the session have ended, and so their answers are in the log. */
const answered = (session: Session) => until(async () => (await stateOf(session)).callsInFlight.length === 0);

test('a request runs once, however often it comes, and another one under its id does not run', async () => {
  const session = await world.open(DAY_MS);
  for (let times = 0; times < 3; times++) await send(session);
  await send(session, call(1, 'other'), 'other digest');
  await answered(session);
  await send(session);
  await end(session);
  const lines = await world.logOf(session);
  expect(lines.filter(({ direction }) => direction === 'out').map(({ message }) => message)).toMatchObject([
    { id: 0, result: {} }, // initialize
    { method: 'notifications/message', params: { data: 'run 1' } },
    { id: 1, result: { content: [{ text: 'done' }] } },
  ]);
  expect(lines.flatMap(({ verdict }) => verdict ?? [])).toEqual(['repeat', 'repeat', 'conflict', 'repeat']);
  expect(ran).toBe(1);
});

test('100 calls run at once, those beyond wait for them, and each is answered once', async () => {
  const session = await world.open(DAY_MS);
  const ids = Array.from({ length: 103 }, (_, id) => id);
  await Promise.all(ids.map((id) => send(session, call(id, 'waits'))));
  const { callsInFlight } = await until(async () => {
    const state = await stateOf(session);
    return state.callsInFlight.length + state.callsWaiting === ids.length && state;
  });
  expect(callsInFlight).toHaveLength(100);
  open();
  await answered(session);
  await end(session);
  const answers = (await world.logOf(session)).flatMap(({ message }) =>
    'result' in message ? [message.id] : [],
  );
  expect(answers.slice(1).sort((a, b) => Number(a) - Number(b))).toEqual(ids); // the first answer is that of initialize
});

test('what does not look like a message of ours is skipped, and the session goes on', async () => {
  const session = await world.open(DAY_MS);
  for (const signal of [
    'request',
    'clientMessage',
    'emit',
    'record',
    'listen',
    'notify',
    'subscription',
    'logLevel',
  ])
    for (const odd of [undefined, null, 7, 'text', [], { message: {} }])
      await session.handle.signal(signal, odd);
  await expect(session.handle.executeUpdate('claim', { args: [{}] })).rejects.toThrow();
  await send(session);
  await answered(session);
  await end(session);
  expect((await world.logOf(session)).at(-1)?.message).toMatchObject({ id: 1, result: {} });
});

test('whoever does not own a call writes nothing into the state of its session', async () => {
  const session = await world.open(DAY_MS);
  const write = { call: '1', attempt: 1, step: 's', key: 'k', value: 1 };
  await expect(session.handle.executeUpdate('setState', { args: [write] })).rejects.toThrow();
  expect(await stateOf(session)).toMatchObject({ initialized: true, session: { state: {} } });
  await end(session);
  await session.handle.result();
});
