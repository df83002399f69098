/** Connections that break: what is resumed, what is sent again, and what never is. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { until } from 'durable-mcp/testing';
import { memoryStore } from '../src/client/store/memory';
import {
  type BareServer,
  broken,
  cut,
  end,
  event,
  log,
  result,
  says,
  startBareServer,
  status,
  stream,
} from './fixtures/bareServer';
import { connected, endConnected, placeWritten } from './fixtures/connected';
import { type PlainServer, startPlainServer } from './fixtures/plainServer';
import { startLink } from './fixtures/link';

let joining: BareServer;
let other: BareServer;
let plain: PlainServer;
beforeAll(async () => {
  joining = await startBareServer({ joins: true });
  other = await startBareServer();
  plain = await startPlainServer();
});
afterEach(async () => {
  await endConnected();
  joining.reset();
  other.reset();
});
afterAll(() => Promise.all([joining.stop(), other.stop(), plain.close()]));

const bodies = (server: BareServer) => server.of('tools/call').map(({ body }) => body);
const callId = (server: BareServer) => () => server.of('tools/call').at(-1)?.message.id;

/** A client that keeps what the server logs. */
async function listening(url: string, options = {}) {
  const logs: unknown[] = [];
  const client = new Client({ name: 'logs', version: '1' });
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void logs.push(params.data),
  );
  return { ...(await connected(url, options, client)), logs };
}

describe('cut before any event', () => {
  test('a server that joins has the same bytes again', async () => {
    joining.script('tools/call', cut, status(502), stream(broken), says('charged'));
    const { call } = await connected(joining.url);
    expect(await call('charge')).toBe('charged');
    expect(bodies(joining)).toHaveLength(4);
    expect(new Set(bodies(joining)).size).toBe(1);
  });

  test('another has it once, and the outcome is unknown', async () => {
    for (const fault of [cut, status(503), stream(broken), stream(end), jsonCut]) {
      other.reset();
      other.script('tools/call', fault);
      const { call } = await connected(other.url);
      const error: unknown = await call('charge').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'OutcomeUnknown', phase: 'maybe', callId: callId(other)() });
      expect(bodies(other)).toHaveLength(1);
    }
  });

  test('an answer that is cut in its middle is no answer: a server that joins is asked again', async () => {
    joining.script('tools/call', jsonCut, says('whole'));
    const { call } = await connected(joining.url);
    expect(await call('charge')).toBe('whole');
  });

  test('what only reads is sent again to any server, by its list of tools or by its caller', async () => {
    const tools = [
      { name: 'look', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
      { name: 'charge', inputSchema: { type: 'object' } },
    ];
    other.always('tools/list', ({ res, message: { id } }) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ jsonrpc: '2.0', id, result: { tools } }));
    });
    const { client, call } = await connected(other.url);
    await client.listTools();
    other.script('tools/call', cut);
    expect(await call('look')).toBe('done');
    other.script('tools/call', cut);
    expect(await call('charge', {}, { 'durable-mcp/idempotent': true })).toBe('done');
    expect(bodies(other)).toHaveLength(4);
    const never = await connected(other.url, { resend: 'never' });
    await never.client.listTools();
    other.script('tools/call', cut);
    await expect(never.call('look')).rejects.toMatchObject({ name: 'OutcomeUnknown' });
  });
});

describe('cut after an event', () => {
  test('the rest comes by a GET with the last id; no event twice, none missing', async () => {
    for (const server of [joining, other]) {
      server.script('tools/call', stream(event('e0'), log('e1', 1), log('e2', 2), broken));
      server.script('RESUME', cut, status(409), stream(log('e3', 3), end));
      server.script('RESUME', stream(log('e4', 4), result('e5', 'whole', callId(server))));
      const { call, logs } = await listening(server.url);
      expect(await call('charge')).toBe('whole');
      expect(logs).toEqual([1, 2, 3, 4]);
      const ids = server.of('RESUME').map(({ headers }) => headers['last-event-id']);
      expect(ids).toEqual(['e2', 'e2', 'e2', 'e3']);
      expect(bodies(server)).toHaveLength(1);
    }
  });

  test('a stream that cannot be resumed: a server that joins is asked again, and what it repeats is heard once', async () => {
    for (const refusal of [status(204), status(400), status(405), status(404)]) {
      joining.reset();
      joining.script('tools/call', stream(event('e0'), log('e1', 1), end));
      joining.script('RESUME', refusal);
      joining.script('tools/call', stream(event('e0'), log('e1', 1), log('e2', 2), result('e3', 'whole')));
      const { call, logs } = await listening(joining.url);
      expect(await call('charge')).toBe('whole');
      expect(logs).toEqual([1, 2]);
      expect(joining.of('RESUME')).toHaveLength(1);
      expect(new Set(bodies(joining)).size).toBe(1);
    }
  });

  test('... and of any other the outcome is unknown, without a loop of GETs', async () => {
    for (const refusal of [status(204), status(400), status(405), status(404)]) {
      other.reset();
      other.script('tools/call', stream(log('e1', 1), end));
      other.always('RESUME', refusal);
      const { call } = await connected(other.url);
      const error = { name: 'OutcomeUnknown', lastEventId: 'e1' };
      await expect(call('charge')).rejects.toMatchObject(error);
      expect(other.of('RESUME')).toHaveLength(1);
      expect(bodies(other)).toHaveLength(1);
      expect(other.of('initialize')).toHaveLength(1);
    }
  });

  test("the official SDK's server: cut in the middle of a call, it runs once", async () => {
    const link = await startLink(new URL(plain.url).host);
    const store = memoryStore();
    const { call } = await connected(`http://${link.address}/mcp`, { store });
    const answer = call('gated', { name: 'cut' });
    await until(() => plain.effects.includes('cut started'));
    // Without the first event's id the outcome would be unknown.
    await placeWritten(store, `http://${link.address}/mcp`);
    link.cut();
    plain.openGate('cut');
    await until(() => plain.effects.includes('cut ended'));
    link.heal();
    expect(await answer).toBe('cut done');
    expect(plain.effects.filter((effect) => effect === 'cut started')).toHaveLength(1);
    await link.close();
  });
});

test('a server without the stream of a session, or with a dead one, keeps its session and answers calls', async () => {
  for (const refusal of [status(405), status(404), status(400), cut, jsonNotFound]) {
    other.reset();
    other.always('GET', refusal);
    const { call } = await connected(other.url);
    await until(() => other.of('GET')[0]);
    for (let i = 0; i < 3; i++) expect(await call('charge')).toBe('done');
    expect(other.of('initialize')).toHaveLength(1);
    expect(other.of('tools/call').every(({ session }) => session === 'session-1')).toBe(true);
  }
});

test('a stream that is silent is resumed where it can be, and waited for where it cannot', async () => {
  other.script('tools/call', stream(event('e0')));
  other.script('RESUME', stream(result('e1', 'resumed', callId(other))));
  const { call } = await connected(other.url, { timeout: { silence: 300 } });
  expect(await call('charge')).toBe('resumed');

  other.script(
    'tools/call',
    stream(async (seen) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const answer = result(undefined, 'waited for');
      return typeof answer === 'string' ? answer : answer(seen);
    }),
  );
  expect(await call('charge')).toBe('waited for');
  expect(other.of('tools/call')).toHaveLength(2);
});

/** Says more than it sends. */
const jsonCut: Parameters<BareServer['script']>[1] = ({ res }) => {
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  res.write('{"jsonrpc":"2.0",', () => res.destroy());
};

/** A server that has no GET, and says so as an error of JSON-RPC. */
const jsonNotFound: Parameters<BareServer['script']>[1] = ({ res }) => {
  const error = { code: -32_000, message: 'Not found' };
  res.writeHead(404, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
};
