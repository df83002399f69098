/** The readable form of a session's log has exactly one line per event, whatever text clients and authors put in. */
import { expect, test } from '@jest/globals';
import { Timeline, idOf, titleOf } from '../../src/cli/timeline';
import type { StreamEvent } from '../../src/log/streamEvent';
import { SESSION_STREAM, streamOfListener, streamOfRequest } from '../../src/wire/eventId';
import type { SessionInput } from '../../src/wire/session';
import { fc } from '../fixtures/laws';
import { call, sessionInput } from '../fixtures/sessionEvents';

type Said<T> = T extends unknown ? Omit<T, 'run' | 'event' | 'part' | 'time'> : never;
const at = (event: Said<StreamEvent>, ms = 0) =>
  ({ ...event, run: 'run', event: 1, part: 0, time: new Date(ms) }) as StreamEvent;
const stream = streamOfRequest(1);
const request = (verdict: Extract<StreamEvent, { kind: 'request' }>['verdict'], message = call(1)) =>
  ({ kind: 'request', postId: 'post', stream, verdict, message }) as const;
const message = (message: object, final = false) =>
  ({ kind: 'message', stream, message: message as never, final }) as const;
const notification = (method: string, params?: object) => ({ jsonrpc: '2.0', method, params });

/** The line of an event, without its time. */
const lineOf = (event: Said<StreamEvent>) => new Timeline().line(at(event))?.replace(/^\S+ /, '');

test('a line has when, in which direction, of which request, what, and what of it', () => {
  const asked = { ...call(1), params: { name: 'add', arguments: { a: 1 } } };
  expect(new Timeline().line(at(request({ kind: 'new' }, asked), 1_500))).toBe(
    '1970-01-01T00:00:01.500Z → #1       tools/call add           {"a":1}',
  );
});

test.each<[string, Said<StreamEvent>, RegExp | string]>([
  ['the opening', { kind: 'session', input: sessionInput() }, /^→ +initialize +bare 1, 2025-11-25$/],
  ['a repeat', request({ kind: 'repeat', run: 'r' }), /^→ #1 .*\(asked again: joins its call\)$/],
  ['a conflict', request({ kind: 'conflict' }), /\(refused: the id was used for another request\)$/],
  ['a forgotten id', request({ kind: 'forgotten' }), /\(refused: the id was used long ago\)$/],
  [
    'a notification',
    { kind: 'notified', message: notification('notifications/initialized') as never },
    '→          notifications/initialized',
  ],
  ['a level', { kind: 'logLevel', level: 'error' }, /^→ +logging\/setLevel +error$/],
  [
    'a second attempt',
    { kind: 'attempt', stream, attempt: 2, after: 'heartbeat timeout' },
    /^· #1 +attempt 2 +after: heartbeat timeout$/,
  ],
  [
    'progress',
    message(
      notification('notifications/progress', { progressToken: 1, progress: 1, total: 3, message: 'on' }),
    ),
    /^← #1 +notifications\/progress +1\/3 on$/,
  ],
  ['progress of no total', message(notification('notifications/progress', { progress: 1 })), /progress +1$/],
  [
    'a log message',
    message(notification('notifications/message', { level: 'info', data: { i: 1 } })),
    /message +info: \{"i":1\}$/,
  ],
  [
    'another notification',
    message(notification('notifications/x', { uri: 'a://1', _meta: {} })),
    /x +\{"uri":"a:\/\/1"\}$/,
  ],
  [
    'a result',
    message({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'done' }] } }, true),
    /^← #1 +result +done$/,
  ],
  [
    'a failure of a tool',
    message(
      { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'no' }], isError: true } },
      true,
    ),
    /result +isError: no$/,
  ],
  [
    'a result that is no tool’s',
    message({ jsonrpc: '2.0', id: 1, result: { roots: [] } }, true),
    /result +\{"roots":\[\]\}$/,
  ],
  [
    'an error',
    message({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'no' } }, true),
    /error +-32603: no$/,
  ],
  ['a closed connection', { kind: 'disconnect', stream }, /^· #1 +connection closed +the client polls$/],
  ['a cancelled call', { kind: 'cancelled', stream }, /^· #1 +cancelled +no response$/],
  ['the next run', { kind: 'continued', nextRun: 'next' }, /^· +continued +in run next$/],
  ['the end', { kind: 'ended', reason: 'deleted' }, /^· +ended +deleted$/],
  ['an end of nobody', { kind: 'ended' }, /^· +ended +idle for too long, or by Temporal$/],
  [
    'a refused subscription',
    {
      kind: 'subscription',
      stream: SESSION_STREAM,
      postId: 'p',
      request: { ...call(1), method: 'resources/subscribe', params: { uri: 'a://1' } },
      response: { jsonrpc: '2.0', id: 1, error: { code: -32600, message: 'full' } },
      refused: true,
    },
    /^→ #1 +resources\/subscribe a:\/\/1 +-32600: full$/,
  ],
])('%s', (_what, event, line) => {
  expect(lineOf(event)).toEqual(typeof line === 'string' ? line : expect.stringMatching(line));
});

test('what has a line of its own already has none', () => {
  const carried = {} as SessionInput['carried'];
  expect(lineOf({ kind: 'session', input: sessionInput({ carried }) })).toBeUndefined();
  expect(
    lineOf({ kind: 'listening', getId: 'g', stream: streamOfListener('x'), unheard: false }),
  ).toBeUndefined();
  expect(lineOf({ kind: 'state', key: 'k' })).toBeUndefined();
});

test('an answer says how long it took, from the first request to its end', () => {
  const timeline = new Timeline();
  const answer = message({ jsonrpc: '2.0', id: 1, result: {} }, true);
  timeline.line(at(request({ kind: 'new' }), 1_000));
  timeline.line(at(request({ kind: 'repeat', run: 'r' }), 2_000));
  expect(timeline.line(at(message(notification('m')), 2_500))).not.toContain('(');
  expect(timeline.line(at(answer, 3_500))).toMatch(/ \(2\.5 s\)$/);
  expect(timeline.line(at(answer, 4_000))).not.toContain('(');
});

test('a stream is named by its request; titles by what is called', () => {
  expect([idOf(''), idOf(SESSION_STREAM), idOf(streamOfRequest('a b'))]).toEqual(['', 'session', '#"a b"']);
  expect(titleOf({ ...call(1), method: 'resources/read', params: { uri: 'a://1' } })).toBe(
    'resources/read a://1',
  );
  expect(titleOf({ ...call(1), method: 'tools/list', params: {} })).toBe('tools/list');
});

test('whatever a client sends takes one line of bounded length, without what a terminal obeys', () => {
  const params = fc.dictionary(
    fc.constantFrom('name', 'uri', 'arguments', 'level', 'data', 'message'),
    fc.anything({ withNullPrototype: false }),
  );
  const text = fc.string({ unit: 'binary', maxLength: 500 });
  fc.assert(
    fc.property(text, params, (method, params) => {
      const asJson = JSON.parse(JSON.stringify(params)) as object;
      const line = lineOf({ kind: 'notified', message: notification(method, asJson) as never }) ?? '';
      expect(line).not.toMatch(/[\n\r\p{C}]/u);
      expect(line.length).toBeLessThan(250);
    }),
    { numRuns: 300 },
  );
});
