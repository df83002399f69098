/** Each message of an attacker or a broken client gets an error of its own, and affects no other request. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { runs } from './fixtures/alwaysSuspending';
import { RawConnection } from './fixtures/rawConnection';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, workers: 1 });
});
afterAll(() => cluster.stop());

const open = () => new BareClient(cluster.nodes[0]!.ready).open();

const ODD: unknown[] = [{}, [], 1, true, null, { toString: 1 }, 1e300];
const METHODS = [
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['resources/subscribe', 'uri'],
  ['logging/setLevel', 'level'],
  ['completion/complete', 'ref'],
  ['tools/list', 'cursor'],
] as const;

test.each(METHODS)(
  '%s with a %s that is no text is an error of its own, never a fault of the node',
  async (method, key) => {
    const client = await open();
    for (const [at, value] of ODD.entries()) {
      for (const params of [
        { [key]: value },
        { [key]: value, arguments: value, _meta: { progressToken: value } },
      ]) {
        const response = await client.post({
          jsonrpc: '2.0',
          id: `${at} ${Object.keys(params).length}`,
          method,
          params,
        });
        const text = await response.text();
        expect([method, value, response.status < 500]).toEqual([method, value, true]);
        expect(text).toMatch(/"error":|"result":/);
        expect(text).not.toContain('the node failed');
        expect(text).not.toContain('"code":-32603');
      }
    }
    expect(await client.ask('ping')).toMatchObject({ result: {} });
  },
);

test.each(['{"n":1e999}', '[-1e999]', '{"a":{"b":[1,2,1E400]}}'])(
  'the number in %s, which no JSON of ours can hold, is refused and not made null',
  async (args) => {
    const client = await open();
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${args}}}`;
    const response = await client.post(body);
    expect([response.status, await response.json()]).toEqual([
      400,
      { jsonrpc: '2.0', id: null, error: { code: -32_600, message: expect.stringMatching(/number/) } },
    ]);
  },
);

test('what comes after a request on its connection, and is no HTTP, is not answered into the open answer', async () => {
  const client = await open();
  const streams = await RawConnection.open(cluster.nodes[0]!.ready);
  streams.listen(client);
  const before = await streams.has('200 OK');
  await streams.write('GARBAGE\0\r\n\r\n');
  await until(() => streams.closed);
  const after = await streams.has('200 OK');
  expect(after.slice(before.length)).not.toContain('HTTP/1.1');
  expect(after).not.toContain('not valid HTTP');

  const waiting = await RawConnection.open(cluster.nodes[0]!.ready);
  waiting.post(client, client.callMessage(1, 'gated', { name: 'behind garbage' }));
  await until(() => cluster.ledger.find('behind garbage started'));
  await waiting.write('GARBAGE\0\r\n\r\n');
  await until(() => waiting.closed);
  expect(await waiting.has('')).not.toContain('not valid HTTP');
  cluster.ledger.open('behind garbage');

  const alone = await RawConnection.open(cluster.nodes[0]!.ready);
  await alone.write('GARBAGE\0\r\n\r\n');
  expect(await alone.has('not valid HTTP')).toMatch(/^HTTP\/1.1 400 Bad Request/);
});

test('each of many POSTs of one request at once is answered with its response', async () => {
  const client = await open();
  const [, second] = cluster.nodes.map(({ ready }) => ready);
  const elsewhere = new BareClient(second!);
  Object.assign(elsewhere, { sessionId: client.sessionId, protocolVersion: client.protocolVersion });
  const message = client.callMessage(1, 'gated', { name: 'asked often' });
  const posts = Array.from({ length: 20 }, (_, at) => (at % 2 ? client : elsewhere).post(message));
  await until(() => cluster.ledger.find('asked often started'));
  cluster.ledger.open('asked often');
  const answers = await Promise.all(
    posts.map(async (post) => [(await post).status, await (await post).text()] as const),
  );
  for (const [status, text] of answers) {
    expect(status).toBe(200);
    expect(text).toContain('asked often done');
  }
  expect(cluster.ledger.count('asked often started')).toBe(runs(1));
});
