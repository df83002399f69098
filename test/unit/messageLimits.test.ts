/** Limits for methods, names, URIs and other short texts of a message. The size of the body limits the arguments of a handler. */
import { expect, test } from '@jest/globals';
import { Refusal } from '../../src/mcp/refusal';
import { assertSizes } from '../../src/service/messageLimits';

const request = (method: string, params?: Record<string, unknown>) =>
  ({ jsonrpc: '2.0', id: 1, method, params }) as const;
const refusalOf = (...of: Parameters<typeof assertSizes>): unknown => {
  try {
    return assertSizes(...of);
  } catch (error) {
    return error;
  }
};
const expectRefusal = (of: Parameters<typeof assertSizes>, status: number, code: number, text: RegExp) => {
  const refusal = refusalOf(...of);
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toMatchObject({ status, code, message: expect.stringMatching(text) });
};

test('a method has 256 bytes at most', () => {
  expect(refusalOf(request('m'.repeat(256)), 300)).toBeUndefined();
  expectRefusal([request('é'.repeat(129)), 300], 400, -32600, /method has more than 256 bytes/);
});

test('a notification has 64,000 bytes at most, a request more', () => {
  const notification = { jsonrpc: '2.0', method: 'notifications/progress' } as const;
  expect(refusalOf(notification, 64_000)).toBeUndefined();
  expectRefusal([notification, 64_001], 413, -32600, /notification has more than 64000 bytes/);
  expect(refusalOf(request('tools/list'), 900_000)).toBeUndefined();
  expect(refusalOf({ jsonrpc: '2.0', id: 1, result: {} }, 900_000)).toBeUndefined();
});

test.each([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['resources/subscribe', 'uri'],
  ['resources/unsubscribe', 'uri'],
])('%s needs %s, a text', (method, key) => {
  expect(refusalOf(request(method, { [key]: 'x' }), 100)).toBeUndefined();
  for (const params of [undefined, {}, { [key]: 7 }])
    expectRefusal(
      [request(method, params), 100],
      400,
      -32602,
      new RegExp(`${method} needs params.${key}, a text`),
    );
});

test.each<[string, (text: string) => Record<string, unknown>, number]>([
  ['params.name', (name) => ({ name }), 256],
  ['params.ref.name', (name) => ({ ref: { name } }), 256],
  ['params.argument.name', (name) => ({ argument: { name } }), 256],
  ['params.protocolVersion', (protocolVersion) => ({ protocolVersion }), 256],
  ['params.clientInfo.name', (name) => ({ clientInfo: { name } }), 256],
  ['params.clientInfo.version', (version) => ({ clientInfo: { version } }), 256],
  ['params.level', (level) => ({ level }), 256],
  ['params.logger', (logger) => ({ logger }), 256],
  ['params.uri', (uri) => ({ uri }), 2_000],
  ['params.ref.uri', (uri) => ({ ref: { uri } }), 2_000],
  ['params.cursor', (cursor) => ({ cursor }), 2_000],
])('%s is bounded', (where, params, most) => {
  expect(refusalOf(request('any', params('x'.repeat(most))), 3_000)).toBeUndefined();
  expectRefusal(
    [request('any', params('x'.repeat(most + 1))), 3_000],
    400,
    -32602,
    new RegExp(`${where} of any has more bytes than ${most},`),
  );
});

test('what a handler alone looks at is not', () => {
  const params = { name: 'x', arguments: { name: 'x'.repeat(10_000) }, _meta: { uri: 'x'.repeat(10_000) } };
  expect(refusalOf(request('tools/call', params), 21_000)).toBeUndefined();
  expect(refusalOf(request('any', { ref: null, argument: 'text' }), 100)).toBeUndefined();
});
