/** Decodes the events of a session's log into stream events: each message once, on the right stream. */
import { expect, test } from '@jest/globals';
import { Decoder } from '../../src/log/decode';
import type { StreamEvent } from '../../src/log/streamEvent';
import { SESSION_STREAM, streamOfRequest } from '../../src/wire/eventId';
import type { JSONRPCMessage } from '../../src/wire/messages';
import type { SessionInput } from '../../src/wire/session';
import type { Emit } from '../../src/wire/signals';
import {
  type Bare,
  POLICY,
  call,
  numbered,
  requested,
  scheduled,
  sessionInput,
} from '../fixtures/sessionEvents';

const RUN = '00000000-0000-4000-8000-000000000000';
const started = (more: Partial<SessionInput> = {}): Bare => ({
  kind: 'started',
  run: RUN,
  input: sessionInput(more),
});
/** Decodes `events` after the run's first event, whose own stream event is left out. */
function decode(events: Bare[], begin = started()): StreamEvent[] {
  const decoder = new Decoder();
  return numbered([begin, ...events])
    .flatMap((event) => decoder.decode(event))
    .slice(1);
}
const messages = (events: StreamEvent[]) =>
  events.flatMap((event) =>
    event.kind === 'message' ? [{ stream: event.stream, message: event.message }] : [],
  );

const ONE = streamOfRequest(1);
const log = (data: string, level = 'info') =>
  ({ jsonrpc: '2.0', method: 'notifications/message', params: { level, data } }) as const;
const emit = (message: JSONRPCMessage, more: Partial<Emit> = {}): Emit =>
  ({ to: 'call', message, mark: [JSON.stringify(message), 1], ...more }) as Emit;
const said = (emits: Emit[], attempt = 1): Bare => ({ kind: 'emit', signal: { call: '1', attempt, emits } });
const result = { jsonrpc: '2.0', id: 1, result: { content: [] } } as const;
const listen = (stream: string): Bare => ({ kind: 'listen', signal: { stream, getId: `get ${stream}` } });
const notify = (id: string, message: { jsonrpc: '2.0'; method: string; params?: object }): Bare => ({
  kind: 'notify',
  signal: { id, message: message as never },
});

test('a call: its request, what it says and its result, each with its place in the log', () => {
  const events = decode([
    requested(call(1)),
    scheduled('1'),
    said([emit(log('a')), emit(log('b'))]),
    { kind: 'callStarted', scheduled: 3, attempt: 1 },
    { kind: 'callEnded', scheduled: 3, outcome: result },
  ]);
  const at = (event: number, part: number) => ({
    run: RUN,
    event,
    part,
    stream: ONE,
    time: new Date(999_999 + event),
  });
  expect(events).toEqual([
    { ...at(2, 0), kind: 'request', postId: 'post 1', verdict: { kind: 'new' }, message: call(1) },
    { ...at(4, 0), kind: 'message', message: log('a'), final: false },
    { ...at(4, 1), kind: 'message', message: log('b'), final: false },
    { ...at(6, 0), kind: 'message', message: result, final: true },
  ]);
});

test('a second attempt: what it says again is left out, and what the first says from then on', () => {
  const events = decode([
    requested(call(1)),
    scheduled('1'),
    said([emit(log('a'))], 1),
    { kind: 'openAttempt', update: { call: '1', attempt: 2 } },
    said([emit(log('from a zombie'))], 1),
    said([emit(log('a')), emit(log('b'))], 2),
    { kind: 'callStarted', scheduled: 3, attempt: 2, after: 'heartbeat timeout' },
    { kind: 'callEnded', scheduled: 3, outcome: result },
  ]);
  expect(messages(events).map(({ message }) => message)).toEqual([log('a'), log('b'), result]);
  expect(events).toContainEqual(
    expect.objectContaining({ kind: 'attempt', attempt: 2, after: 'heartbeat timeout' }),
  );
});

test('a suspended call goes on with its next execution, and what comes later of the one before is left out', () => {
  const leg = { attempts: 2, thrown: 0, timeLeftMs: 1, said: { times: {} } };
  const events = decode([
    requested(call(1)),
    scheduled('1'),
    { kind: 'callEnded', scheduled: 3, outcome: { suspended: { steps: ['confirm'] }, leg } },
    said([emit(log('late'))], 2),
    scheduled('1'),
    said([emit(log('next'))], 3),
    { kind: 'callEnded', scheduled: 6, outcome: result },
  ]);
  expect(messages(events).map(({ message }) => message)).toEqual([log('next'), result]);
});

test('a cancelled call ends without a response, whatever its handler still answers', () => {
  const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } } as const;
  const events = decode([
    requested(call(1)),
    scheduled('1'),
    { kind: 'clientMessage', signal: { message: cancel } },
    said([emit(log('late'))]),
    { kind: 'callEnded', scheduled: 3, outcome: result },
    { kind: 'clientMessage', signal: { message: cancel } },
  ]);
  expect(events.map(({ kind }) => kind)).toEqual(['request', 'notified', 'cancelled', 'notified']);
});

test.each([
  [true, /did not end within its time: whether it took effect is unknown/],
  [false, /was cut off before it ended: its outcome is unknown/],
])('a lost call (out of time: %s) is an error that says what to do', (outOfTime, text) => {
  const events = decode([requested(call(1)), scheduled('1'), { kind: 'callLost', scheduled: 3, outOfTime }]);
  const [{ message } = {}] = messages(events);
  expect(message).toMatchObject({
    id: 1,
    result: { isError: true, content: [{ text: expect.stringMatching(text) }] },
  });
  expect(JSON.stringify(message)).toContain('Check whether it took effect before you repeat it.');
});

test('a short call: what it said and its answer come in one event', () => {
  const outcome = { said: [{ to: 'call', message: log('a') }], response: result } as const;
  const events = decode([
    requested(call(1)),
    { kind: 'inlineEnded', outcome: { ...outcome, said: [...outcome.said] } },
  ]);
  expect(events.slice(1).map(({ event, part }) => [event, part])).toEqual([
    [3, 0],
    [3, 1],
  ]);
  expect(messages(events)).toEqual([
    { stream: ONE, message: log('a') },
    { stream: ONE, message: result },
  ]);
});

test('a repeated request joins its run, another one under its id does not begin a call', () => {
  const events = decode([requested(call(1)), requested(call(1)), requested(call(1, 'other'), 'other')]);
  expect(events.map((event) => event.kind === 'request' && event.verdict)).toEqual([
    { kind: 'new' },
    { kind: 'repeat', run: RUN },
    { kind: 'conflict' },
  ]);
});

test('log messages below the level of the session are left out, whoever logs', () => {
  const events = decode([
    { kind: 'logLevel', signal: { level: 'warning' } },
    requested(call(1)),
    said([emit(log('quiet', 'notice')), emit(log('loud', 'warning'))]),
    { kind: 'logLevel', signal: { level: 'debug' } },
    said([emit(log('heard', 'debug'))]),
  ]);
  expect(messages(events).map(({ message }) => message)).toEqual([
    log('loud', 'warning'),
    log('heard', 'debug'),
  ]);
});

const changed = (kind: string) => ({ jsonrpc: '2.0', method: `notifications/${kind}/list_changed` }) as const;
const updated = (uri: string) =>
  ({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } }) as const;

test('a notification is told once, on the newest stream, and only if the server declared it', () => {
  const events = decode([
    listen('session-a'),
    notify('1', changed('tools')),
    notify('1', changed('tools')),
    listen('session-b'),
    notify('2', changed('tools')),
    notify('3', changed('prompts')),
    { kind: 'leave', signal: { stream: 'session-b', getId: 'get session-b' } },
    notify('4', changed('tools')),
  ]);
  expect(messages(events).map(({ stream }) => stream)).toEqual(['session-a', 'session-b', 'session-a']);
});

test('what is said before anybody listens waits for the first listener alone', () => {
  const events = decode([notify('1', changed('tools')), listen('session-a'), listen('session-b')]);
  expect(messages(events)).toEqual([{ stream: SESSION_STREAM, message: changed('tools') }]);
  expect(events.flatMap((event) => (event.kind === 'listening' ? [event.unheard] : []))).toEqual([
    true,
    false,
  ]);
});

test('an update of a resource is told while it is subscribed to', () => {
  const subscribe = (subscribed: boolean): Bare => ({
    kind: 'subscription',
    signal: { uri: 'a://1', subscribed, request: call('s'), response: result, postId: 'p' },
  });
  const events = decode([
    notify('1', updated('a://1')),
    subscribe(true),
    notify('2', updated('a://1')),
    subscribe(false),
    notify('3', updated('a://1')),
  ]);
  expect(messages(events).map(({ message }) => message)).toEqual([updated('a://1')]);
});

test('a call says for its session, or closes its connection', () => {
  const events = decode([
    listen('session-a'),
    requested(call(1)),
    said([emit(log('to all'), { to: 'session' }), { to: 'connection', mark: ['close', 1] }]),
    said([{ to: 'connection', mark: ['close', 1] }], 2),
  ]);
  expect(messages(events)).toEqual([{ stream: 'session-a', message: log('to all') }]);
  expect(events.filter(({ kind }) => kind === 'disconnect')).toHaveLength(1);
});

test('the next run knows its calls, its listener, its level and its ids', () => {
  const leg = { attempts: 1, thrown: 0, timeLeftMs: 1, said: { times: {} } };
  const carried = {
    initialized: true,
    logLevel: 'warning',
    seen: { recent: [['"old"', 'digest', 'run before']], ranges: [[1, 9]], strings: [] },
    listeners: { open: [['session-a', 'get']], told: 'session-a' },
    subscriptions: { uris: ['a://1'], told: ['told'] },
    waiting: [{ message: call('waits'), policy: POLICY }],
    suspended: [
      { message: call('sleeps'), policy: POLICY, suspended: { steps: [] }, leg, journal: {}, asks: [] },
    ],
    lastHeardAt: 0,
  } as SessionInput['carried'];
  const emits = (key: string, attempt: number, data: string): Bare => ({
    kind: 'emit',
    signal: { call: key, attempt, emits: [emit(log(data, 'error'))] },
  });
  const events = decode(
    [
      requested(call('old')),
      requested(call(7)),
      notify('told', changed('tools')),
      notify('new', updated('a://1')),
      emits('"waits"', 1, 'waited'),
      emits('"sleeps"', 1, 'of the run before'),
      emits('"sleeps"', 2, 'woke'),
      said([emit(log('too quiet'))]),
    ],
    started({ carried }),
  );
  expect(events.flatMap((event) => (event.kind === 'request' ? [event.verdict] : []))).toEqual([
    { kind: 'repeat', run: 'run before' },
    { kind: 'forgotten' },
  ]);
  expect(messages(events)).toEqual([
    { stream: 'session-a', message: updated('a://1') },
    { stream: streamOfRequest('waits'), message: log('waited', 'error') },
    { stream: streamOfRequest('sleeps'), message: log('woke', 'error') },
  ]);
});

test('a session ends with the reason that it was given, if that is one', () => {
  const end = (signal: unknown) => decode([{ kind: 'end', signal }])[0];
  expect(end({ reason: 'deleted' })).toMatchObject({ kind: 'ended', reason: 'deleted' });
  for (const odd of [undefined, null, 'text', { reason: 7 }])
    expect(end(odd)).toMatchObject({ kind: 'ended', reason: undefined });
});

test('two readers that begin at different times come to the same events', () => {
  const events = numbered([
    started(),
    listen('session-a'),
    requested(call(1)),
    scheduled('1'),
    said([emit(log('a')), emit(log('a'), { to: 'session' })]),
    { kind: 'callEnded', scheduled: 4, outcome: result },
  ]);
  const [early, late] = [new Decoder(), new Decoder()];
  const read = events.flatMap((event) => early.decode(event));
  expect(events.flatMap((event) => late.decode(event))).toEqual(read);
  expect(late.knows('1')).toBe(true);
  expect(late.knows('2')).toBe(false);
});
