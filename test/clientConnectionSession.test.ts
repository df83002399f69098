/** What becomes of a session: lost and opened anew, left open, ended, taken up again. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { textOf, until } from 'durable-mcp/testing';
import { connect, memoryStore, reconnect, type McpConnection, type SessionStore } from '../src/client';
import { OVER_HTTP, serve, WITH_SESSIONS, type Served } from './fixtures/connection/served';

const deletes = ({ wire }: Served) => wire.filter((line) => line.startsWith('DELETE')).length;

describe.each(WITH_SESSIONS)('%s', (kind) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(kind);
  });
  afterEach(() => served.endConnections());
  afterAll(() => served.stop());

  test('a new session has what was set in the lost one, and its lists are asked for again', async () => {
    const updates: string[] = [];
    const logs: unknown[] = [];
    const connection = await served.connectRecorded({
      on: { resourceUpdated: (uri) => void updates.push(uri), log: ({ data }) => void logs.push(data) },
    });
    await connection.subscribe('note://kept');
    await connection.subscribe('note://left');
    await connection.unsubscribe('note://left');
    await connection.setLogLevel('warning');
    await connection.listTools();
    const subscribed = served.count('resources/subscribe');
    const levels = served.count('logging/setLevel');
    const lists = served.count('tools/list');

    await served.lose(connection);
    expect(textOf(await connection.callTool('echo', { value: 'still here' }))).toBe('still here');
    await until(() => served.count('logging/setLevel') > levels);
    await until(() => served.count('resources/subscribe') > subscribed);
    await connection.ping();
    await connection.callTool('touch', { uri: 'note://left' });
    // What a plain server says before the new session is listened to, nobody hears.
    await until(async () => {
      await connection.callTool('touch', { uri: 'note://kept' });
      return updates.length > 0;
    });
    expect(updates).not.toContain('note://left');
    await connection.callTool('log');
    await until(() => logs.length > 0);
    expect(logs).toEqual(['said as warning']);
    expect(served.count('resources/subscribe')).toBe(subscribed + 1);
    await connection.listTools();
    expect(served.count('tools/list')).toBeGreaterThan(lists);
    expect(connection.session?.restored).toBe(false);
  });
});

describe.each(OVER_HTTP)('%s, with sessions', (kind) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(kind);
  });
  afterEach(() => served.endConnections());
  afterAll(() => served.stop());

  const stillLives = async ({ session }: McpConnection): Promise<boolean> => {
    const again = await reconnect(session!);
    const { restored } = again.session!;
    await again.close();
    return restored;
  };

  test('close leaves the session open, and the next connection takes it up', async () => {
    const store = memoryStore();
    const first = await connect(served.recorded, { store });
    const { sessionId } = first.session!;
    await first.close();
    const second = await served.connect({ store });
    expect(second.session).toMatchObject({ sessionId, restored: true, instructions: 'Try it.' });
    expect(deletes(served)).toBe(0);
    expect(await second.listPrompts()).toHaveLength(2);
  });

  test('end sends one DELETE, and the next connection has another session', async () => {
    const store = memoryStore();
    const before = deletes(served);
    const first = await connect(served.recorded, { store });
    const { sessionId } = first.session!;
    await Promise.all([first.end(), first.end()]);
    await first.close();
    expect(deletes(served)).toBe(before + 1);
    const second = await served.connect({ store });
    expect(second.session?.restored).toBe(false);
    expect(second.session?.sessionId).not.toBe(sessionId);
  });

  test('reconnect takes up a session by what was kept of it, also without its initialize, or opens one', async () => {
    const first = await connect(served.target);
    const kept = JSON.parse(JSON.stringify(first.session)) as NonNullable<typeof first.session>;
    await first.close();
    const second = await reconnect(kept);
    expect(second.session).toMatchObject({ sessionId: kept.sessionId, restored: true });
    expect(textOf(await second.callTool('echo', { value: 'again' }))).toBe('again');
    await second.close();

    const { initialize: _unknown, ...ids } = kept;
    const third = await reconnect({ ...ids, url: kept.url!, sessionId: kept.sessionId! });
    expect(third.session).toMatchObject({ sessionId: kept.sessionId, restored: true });
    expect(await third.listPrompts()).toHaveLength(2);
    expect(await stillLives(third)).toBe(true);
    await third.end();

    const fourth = await reconnect(kept);
    expect(fourth.session).toMatchObject({ restored: false, serverInfo: { name: 'connection' } });
    expect(fourth.session?.sessionId).not.toBe(kept.sessionId);
    await fourth.end();
  });

  test('what an earlier connection left is recovered, once', async () => {
    const writes: string[] = [];
    const memory = memoryStore();
    const store: SessionStore = {
      ...memory,
      store: (group, name, value, how) => {
        writes.push(value);
        return memory.store(group, name, value, how);
      },
    };
    const first = await connect(served.target, { store });
    const left = first
      .callTool('wait', { name: 'left open' }, { key: 'left' })
      .catch((error: unknown) => error);
    await until(() => served.ledger.find('left open began'));
    await until(() => writes.some((value) => /left open.*lastEventId/.test(value)));
    await first.close();
    await left;
    const second = await served.connect({ store });
    const recovered = [];
    for await (const call of second.recovered()) recovered.push(call);
    expect(recovered).toMatchObject([{ key: 'left', name: 'wait', arguments: { name: 'left open' } }]);
    served.ledger.open('left open');
    expect(textOf(await recovered[0]!.result)).toBe('left open ended');
    expect(textOf(await second.callTool('wait', { name: 'left open' }, { key: 'left' }))).toBe(
      'left open ended',
    );
    expect(served.ledger.count('left open began')).toBe(1);
    for await (const call of second.recovered()) throw new Error(`It came twice: ${call.id}`);
  });

  test("one user's record never serves another", async () => {
    const store = memoryStore();
    const as = (user: string) => served.connect({ store, user });
    const [ada, bob] = [await as('ada'), await as('bob')];
    expect(ada.session?.sessionId).not.toBe(bob.session?.sessionId);
    await ada.callTool('echo', { value: 'hers' }, { key: 'mine' });
    expect(textOf(await bob.callTool('echo', { value: 'his' }, { key: 'mine' }))).toBe('his');
    const byToken = (token: string) =>
      served.connect({ store }, { url: String(served.target), headers: { 'x-token': token } });
    const [one, other] = [await byToken('1'), await byToken('2')];
    expect(one.session?.sessionId).not.toBe(other.session?.sessionId);
    const headers = async () => ({ authorization: 'Bearer x' });
    await expect(connect({ url: String(served.target), headers }, { store })).rejects.toThrow(
      /give `user`, a name for whom/,
    );
  });
});
