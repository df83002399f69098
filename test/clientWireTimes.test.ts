/** When a client comes back: pauses, `retry:`, `Retry-After`, timeouts. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from 'durable-mcp/testing';
import { Backoff } from '../src/client/core/backoff';
import {
  type BareServer,
  broken,
  end,
  event,
  log,
  result,
  says,
  startBareServer,
  status,
  stream,
} from './fixtures/bareServer';
import { connected, endConnected } from './fixtures/connected';

let server: BareServer;
let joining: BareServer;
beforeAll(async () => {
  server = await startBareServer();
  joining = await startBareServer({ joins: true });
});
afterEach(async () => {
  await endConnected();
  server.reset();
  joining.reset();
});
afterAll(() => Promise.all([server.stop(), joining.stop()]));

const gaps = (bare: BareServer, kind: string) =>
  bare
    .of(kind)
    .map(({ at }, i, all) => at - (all[i - 1]?.at ?? at))
    .slice(1);

test('retry: is a pause of its own stream, and of no other', async () => {
  const ids = new Map<unknown, unknown>();
  const first = (name: string, ...parts: Parameters<typeof stream>) =>
    stream((seen) => (ids.set(name, seen.message.id), ''), event(`${name} 1`), ...parts);
  server.always('RESUME', (seen) => {
    const name = String(seen.headers['last-event-id']).split(' ')[0];
    return stream(result(undefined, `${name}`, () => ids.get(name) as string))(seen);
  });
  server.script('tools/call', first('slow', 'retry: 1500\n\n', end), first('fast', end));
  const { call } = await connected(server.url);
  const [slow, fast] = [call('slow'), call('fast')];
  expect(await fast).toBe('fast');
  expect(await slow).toBe('slow');
  const at = (kind: string, i: number) => server.of(kind)[i]?.at ?? 0;
  const [resumedFast, resumedSlow] = server.of('RESUME').map(({ headers }) => headers['last-event-id']);
  expect([resumedFast, resumedSlow]).toEqual(['fast 1', 'slow 1']);
  expect(at('RESUME', 1) - at('tools/call', 0)).toBeGreaterThanOrEqual(1_490);
});

test('a server that only primes and closes is asked less and less, and not at all once the call has ended', async () => {
  server.script('tools/call', stream(event('e0'), end));
  const primes = stream(event('e0'), end);
  server.always('RESUME', primes);
  const { client, call } = await connected(server.url, { backoff: { first: 100, factor: 2, max: 1_600 } });
  const answer = call('charge').catch((error: unknown) => error);
  await until(() => server.of('RESUME').length >= 8);
  // Each pause is a random part of 100, 200, 400, 800, then 1,600 ms: with no growth, eight took under 800.
  const all = gaps(server, 'RESUME');
  expect(all.slice(3).reduce((sum, gap) => sum + gap, 0)).toBeGreaterThan(800);
  server.script('RESUME', stream(result('e1', 'at last', () => server.of('tools/call')[0]?.message.id)));
  expect(await answer).toBe('at last');
  const asked = server.of('RESUME').length;
  await client.ping();
  await client.close();
  expect(server.of('RESUME')).toHaveLength(asked);
});

test('events with data begin the pauses anew; those without do not', async () => {
  let n = 0;
  server.script('tools/call', stream(event('e0'), end));
  server.always('RESUME', (seen) =>
    ++n < 12
      ? stream(log(`e${n}`, n), end)(seen)
      : stream(result('last', 'heard', () => server.of('tools/call')[0]?.message.id))(seen),
  );
  const { call } = await connected(server.url, { backoff: { first: 20, factor: 20, max: '60s' } });
  expect(await call('charge')).toBe('heard'); // without the reset: 20 ms, 400 ms, 8 s, 60 s, ...
  expect(n).toBe(12);
});

test('Retry-After is the least pause, for the same bytes', async () => {
  joining.script('tools/call', status(503, { 'retry-after': '2' }), says('served'));
  const { call } = await connected(joining.url);
  expect(await call('charge')).toBe('served');
  const [first, second] = joining.of('tools/call');
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(1_990);
  expect(second!.body).toBe(first!.body);
  // Refused before it ran, so that any server may have it again; a date counts as well.
  server.script('tools/call', status(429, { 'retry-after': '1' }));
  server.script('tools/call', status(429, { 'retry-after': new Date(Date.now() + 1_000).toUTCString() }));
  expect(await (await connected(server.url)).call('charge')).toBe('done');
  expect(gaps(server, 'tools/call')[0]).toBeGreaterThanOrEqual(990);
});

test('a pause of months is a pause', async () => {
  joining.always('tools/call', status(503, { 'retry-after': '10000000' }));
  const { call, client } = await connected(joining.url, { timeout: { silence: '40d', connect: '40d' } });
  const answer = call('charge').catch((error: unknown) => error);
  await until(() => joining.of('tools/call').length === 1);
  for (let i = 0; i < 50; i++) await client.ping();
  expect(joining.of('tools/call')).toHaveLength(1);
  await client.close();
  expect(await answer).toMatchObject({ name: 'Closed' });
});

test('50 clients that were refused together come back apart', async () => {
  const arrivals: number[] = [];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      await new Backoff({ firstMs: 1_000, factor: 2, maxMs: 30_000, giveUpMs: 60_000 }).wait(1_000);
      arrivals.push(performance.now() - began);
    }),
  );
  expect(Math.min(...arrivals)).toBeGreaterThanOrEqual(990);
  const windows = new Set(arrivals.map((at) => Math.floor(at / 50)));
  expect(windows.size).toBeGreaterThan(5);
});

test('a timeout cancels once, by the id on the wire; progress moves it', async () => {
  const progress = ({ message: { id } }: { message: { id?: unknown } }, n: number) =>
    event(undefined, {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: id, progress: n },
    });
  server.script(
    'tools/call',
    stream(async (seen) => {
      for (let n = 0; n < 10; n++) {
        seen.res.write(progress(seen, n));
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      return progress(seen, 10);
    }),
  );
  const { client } = await connected(server.url);
  const heard: number[] = [];
  const began = performance.now();
  const options = {
    timeout: 1_000,
    resetTimeoutOnProgress: true,
    onprogress: ({ progress: n }: { progress: number }) => void heard.push(n),
  };
  await expect(client.callTool({ name: 'slow' }, undefined, options)).rejects.toThrow(/timed out/);
  expect(performance.now() - began).toBeGreaterThan(2_000);
  expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const [cancelled] = await until(
    () => server.of('notifications/cancelled').length > 0 && server.of('notifications/cancelled'),
  );
  expect(cancelled?.message.params).toMatchObject({ requestId: server.of('tools/call')[0]?.message.id });
  await client.ping();
  await client.close();
  expect(server.of('notifications/cancelled')).toHaveLength(1);
  expect(server.of('tools/call')).toHaveLength(1);
});

test('a closed client cancels nothing', async () => {
  server.script('tools/call', stream(event('e0')));
  const { client, call } = await connected(server.url);
  const answer = call('charge').catch((error: unknown) => error);
  await until(() => server.of('tools/call')[0]);
  await client.close();
  expect(await answer).toMatchObject({ name: 'Closed' });
  expect(server.of('notifications/cancelled')).toEqual([]);
});

test('a connection that breaks while it is resumed is resumed again', async () => {
  server.script('tools/call', stream(event('e0'), broken));
  server.script(
    'RESUME',
    stream(broken),
    stream(result('e1', 'whole', () => server.of('tools/call')[0]?.message.id)),
  );
  expect(await (await connected(server.url)).call('charge')).toBe('whole');
});
