/** A session's workflow on Temporal's server for tests: what signals make of it, without HTTP. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from 'durable-mcp/testing';
import { DurableMcpServer } from '../../src';
import { call, requested } from '../fixtures/sessionEvents';
import { SessionWorld, type Session } from '../fixtures/sessionWorld';

const DAY_MS = 86_400_000;
let world: SessionWorld;
let ran = 0;
beforeAll(async () => {
  world = await SessionWorld.start(() => {
    const server = new DurableMcpServer({ name: 'unit', version: '1' });
    server.registerTool('tool', {}, async (ctx) => {
      await ctx.log('info', `run ${++ran}`);
      return { content: [{ type: 'text', text: 'done' }] };
    });
    return server;
  }, 'real');
});
afterAll(() => world.stop());

const send = ({ handle }: Session, message = call(1), digest = 'digest') =>
  handle.signal('request', (requested(message, digest) as { signal: unknown }).signal);
const end = ({ handle }: Session) => handle.signal('end', { reason: 'test' });
const stateOf = ({ handle }: Session) =>
  handle.query<{ callsInFlight: unknown[]; initialized: boolean }>('state');

/** Resolves when the answers of its calls are in the log. */
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
