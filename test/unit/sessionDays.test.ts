/** Idle sessions end and sleeping calls wake after minutes and days, on Temporal's time-skipping test server. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DurableMcpServer } from '../../src';
import { call, requested } from '../fixtures/sessionEvents';
import { NO_SKIPPING_SERVER, SessionWorld, hasSkippingServer, type Session } from '../fixtures/sessionWorld';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

if (!hasSkippingServer) console.warn(NO_SKIPPING_SERVER);

(hasSkippingServer ? describe : describe.skip)('with a time that skips', () => {
  let world: SessionWorld;
  beforeAll(async () => {
    world = await SessionWorld.start(() => {
      const server = new DurableMcpServer({ name: 'unit', version: '1' });
      server.registerTool('sleeps', {}, async (ctx) => {
        await Promise.all([ctx.sleep('long', '3 days'), ctx.sleep('short', '1h')]);
        return { content: [{ type: 'text', text: 'woke' }] };
      });
      return server;
    }, 'skipping');
  });
  afterAll(() => world.stop());

  /** The time from the session's start to its end, by the server's skipping clock. */
  async function lastedMs({ handle }: Session): Promise<number> {
    await handle.result();
    const { startTime, closeTime } = await handle.describe();
    return Number(closeTime) - Number(startTime);
  }
  const pass = (ms: number) => world.environment.sleep(ms);

  test('a session ends when its client has been idle for its time', async () => {
    const ms = await lastedMs(await world.open(3 * DAY_MS));
    expect(ms).toBeGreaterThanOrEqual(3 * DAY_MS);
    expect(ms).toBeLessThan(3 * DAY_MS + MINUTE_MS);
  });

  test('a ping gives it its whole time again', async () => {
    const session = await world.open(DAY_MS);
    await pass(DAY_MS - 10 * MINUTE_MS);
    await session.handle.signal('heard');
    const ms = await lastedMs(session);
    expect(ms).toBeGreaterThanOrEqual(2 * DAY_MS - 10 * MINUTE_MS);
    expect(ms).toBeLessThan(2 * DAY_MS);
  });

  test('a client that never says that it is initialized has a minute', async () => {
    const ms = await lastedMs(await world.open(DAY_MS, false));
    expect(ms).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(ms).toBeLessThan(2 * MINUTE_MS);
  });

  test('a call sleeps for three days without a worker, keeps its session, and the idle time begins with its answer', async () => {
    const session = await world.open(DAY_MS);
    await session.handle.signal('request', (requested(call(1, 'sleeps')) as { signal: unknown }).signal);
    const ms = await lastedMs(session);
    expect((await world.logOf(session)).at(-1)?.message).toMatchObject({
      id: 1,
      result: { content: [{ text: 'woke' }] },
    });
    expect(ms).toBeGreaterThanOrEqual(4 * DAY_MS);
    expect(ms).toBeLessThan(4 * DAY_MS + MINUTE_MS);
  });
});
