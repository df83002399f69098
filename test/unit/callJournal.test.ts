/** The journal of one call: which attempt may write, the order in which steps end, and its content in later attempts and runs. */
import { expect, test } from '@jest/globals';
import { CallJournal } from '../../src/model/callJournal';
import { MAXIMUM_ANSWERS_BYTES, type StepOutcome } from '../../src/wire/call';
import type { Emit, RecordSignal } from '../../src/wire/signals';
import { carried } from '../fixtures/laws';

const call = '1';
const ended = (step: string, outcome: StepOutcome = {}, attempt = 1): RecordSignal => ({
  ...{ call, attempt, step, kind: 'atLeastOnce', outcome },
});
const slept = (step: string, sleepMs: number): RecordSignal => ({
  ...{ call, attempt: 1, step, kind: 'sleep', outcome: {}, sleepMs },
});
const asks = (step: string, timeoutMs?: number): Emit => ({
  to: 'call',
  message: { jsonrpc: '2.0', id: `1/${step}`, method: 'elicitation/create' },
  mark: [step, 1],
  step,
  timeoutMs,
});
const answer = (step: string, result = {}) => ({ jsonrpc: '2.0', id: `1/${step}`, result }) as const;
const stepsOf = (journal: CallJournal) => journal.snapshot().journal;

/** The steps in the order in which they have ended. */
const order = (journal: CallJournal) =>
  Object.entries(stepsOf(journal))
    .filter(([, entry]) => entry.order !== undefined)
    .sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0))
    .map(([step]) => step);

test('the first end of a step counts, and ends have numbers in the order in which they come', () => {
  const journal = new CallJournal();
  journal.record(ended('b', { value: 'first' }), 0);
  journal.record(ended('a'), 0);
  journal.record(ended('b', { value: 'second' }), 0);
  expect(stepsOf(journal)).toMatchObject({ b: { order: 1, outcome: { value: 'first' } }, a: { order: 2 } });
});

test('a record of another kind than the step is left out', () => {
  const journal = new CallJournal();
  journal.record(slept('nap', 100), 0);
  journal.record(ended('nap'), 0);
  expect(stepsOf(journal)).toMatchObject({ nap: { kind: 'sleep' } });
  expect(journal.hasEnded('nap')).toBe(false);
});

test('what an attempt writes whose successor has begun is refused', () => {
  const journal = new CallJournal();
  expect(journal.open({ attempt: 2 }, 0)).toBe(true);
  expect(journal.open({ attempt: 1 }, 0)).toBe(false);
  journal.record(ended('late'), 0);
  expect(journal.claim({ call, attempt: 1, step: 'late' })).toEqual({ granted: false });
  journal.noteMessages({ call, attempt: 1, emits: [asks('late')] }, 0);
  expect(journal.isEmpty).toBe(true);
});

test('of an at-most-once step whose attempt died, the end is unknown for ever', () => {
  const journal = new CallJournal();
  expect(journal.claim({ call, attempt: 1, step: 'charge' })).toEqual({ granted: true });
  expect(journal.claim({ call, attempt: 1, step: 'charge' })).toMatchObject({
    granted: false,
    entry: { kind: 'atMostOnce' },
  });
  journal.open({ attempt: 2 }, 0);
  const unknown = { outcome: { error: { name: 'AtMostOnceFailedBeforeCompleting', because: 'unknown' } } };
  expect(stepsOf(journal)).toMatchObject({ charge: unknown });
  expect(journal.claim({ call, attempt: 2, step: 'charge' })).toMatchObject({
    granted: false,
    entry: unknown,
  });
});

test('a claimed step that has ended is not unknown to the next attempt', () => {
  const journal = new CallJournal();
  journal.claim({ call, attempt: 1, step: 'charge' });
  journal.record({ ...ended('charge', { value: 1 }), kind: 'atMostOnce' }, 0);
  journal.open({ attempt: 2 }, 0);
  expect(stepsOf(journal)).toMatchObject({ charge: { outcome: { value: 1 }, attempt: 1 } });
});

test('a failure that ends its attempt is taken out, so that the next one runs the step again', () => {
  const journal = new CallJournal();
  journal.claim({ call, attempt: 1, step: 'charge' });
  journal.record({ ...ended('charge'), kind: 'atMostOnce', forget: true }, 0);
  journal.open({ attempt: 2 }, 0);
  expect(journal.isEmpty).toBe(true);
  expect(journal.claim({ call, attempt: 2, step: 'charge' })).toEqual({ granted: true });
});

test('sleeps and time-outs end in the order of their times, whichever began first', () => {
  const journal = new CallJournal();
  journal.record(slept('long', 300), 1_000);
  journal.noteMessages({ call, attempt: 1, emits: [asks('question', 200)] }, 1_000);
  journal.record(slept('short', 100), 1_000);
  expect(journal.dueAt(['long', 'question', 'short'])).toBe(1_100);
  journal.endDue(1_099);
  expect(order(journal)).toEqual([]);
  journal.endDue(1_300);
  expect(order(journal)).toEqual(['short', 'question', 'long']);
  expect(stepsOf(journal)).toMatchObject({
    question: { outcome: { value: { error: { message: 'The client did not answer in time.' } } } },
  });
  expect(journal.dueAt(['long'])).toBe(Infinity);
});

test('the first answer to a question counts, and one that nobody asked is not for this call', () => {
  const journal = new CallJournal();
  journal.noteMessages({ call, attempt: 1, emits: [asks('confirm')] }, 0);
  expect(journal.takeAnswer(answer('never asked'))).toBe(false);
  expect(journal.takeAnswer(answer('confirm', { action: 'accept' }))).toBe(true);
  expect(journal.takeAnswer(answer('confirm', { action: 'decline' }))).toBe(true);
  expect(stepsOf(journal)).toMatchObject({
    confirm: { outcome: { value: { result: { action: 'accept' } } } },
  });
});

test('a question that is taken back ends with its reason, and its answer comes too late', () => {
  const journal = new CallJournal();
  const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { reason: 'enough' } } as const;
  const { id: _id, ...notification } = { ...cancel, id: undefined };
  journal.noteMessages(
    {
      call,
      attempt: 1,
      emits: [asks('confirm'), { to: 'call', message: notification, mark: ['c', 1], step: 'confirm' }],
    },
    0,
  );
  journal.takeAnswer(answer('confirm'));
  expect(stepsOf(journal)).toMatchObject({
    confirm: { order: 1, outcome: { value: { error: { message: 'enough' } } } },
  });
});

test('the answers to one call are bounded, all together', () => {
  const journal = new CallJournal();
  const half = { text: 'x'.repeat(MAXIMUM_ANSWERS_BYTES / 2) };
  for (const step of ['one', 'two', 'three'])
    journal.noteMessages({ call, attempt: 1, emits: [asks(step)] }, 0);
  journal.takeAnswer(answer('one', half));
  journal.takeAnswer(answer('two', half));
  journal.takeAnswer(answer('three'));
  expect(stepsOf(journal)).toMatchObject({
    one: { outcome: { value: { result: half } } },
    two: { outcome: { value: { error: { message: expect.stringContaining('more than 400000 bytes') } } } },
    three: { outcome: { value: { result: {} } } },
  });
});

test('a cancelled call ends its waits, and only these', () => {
  const journal = new CallJournal();
  journal.record(ended('done', { value: 1 }), 0);
  journal.claim({ call, attempt: 1, step: 'charge' });
  journal.record(slept('nap', 100), 0);
  journal.noteMessages({ call, attempt: 1, emits: [asks('confirm')] }, 0);
  journal.cancelWaits('enough');
  expect(order(journal)).toEqual(['done', 'nap', 'confirm']);
  expect(stepsOf(journal).nap).toMatchObject({
    outcome: { error: { because: 'cancelled', message: 'enough' } },
  });
});

test('the next run goes on with the same order, the same questions and the same times', () => {
  const before = new CallJournal();
  before.record(ended('a'), 0);
  before.record(slept('nap', 500), 1_000);
  before.record(ended('b'), 0);
  before.noteMessages({ call, attempt: 1, emits: [asks('confirm')] }, 0);
  const after = new CallJournal(carried(before.snapshot()), 1_200);
  expect(carried(after.snapshot())).toEqual(carried(before.snapshot()));
  expect(after.dueAt(['nap'])).toBe(1_500);
  after.takeAnswer(answer('confirm'));
  after.endDue(1_500);
  expect(order(after)).toEqual(['a', 'b', 'confirm', 'nap']);
});

test('a journal of a version that numbered nothing gets its numbers in the order in which it was written', () => {
  const nap = (wakeAt: number) => ({ kind: 'sleep', outcome: { value: wakeAt } }) as const;
  const journal = new CallJournal(
    {
      journal: {
        a: { kind: 'atLeastOnce', outcome: {} },
        past: nap(900),
        ahead: nap(1_100),
        asked: { kind: 'ask' },
      },
      asks: [],
    },
    1_000,
  );
  expect(order(journal)).toEqual(['a', 'past']);
  expect(journal.dueAt(['ahead'])).toBe(1_100);
});

test('a state is written once under its step, and what is said is counted', () => {
  const journal = new CallJournal();
  expect(journal.writes('state 1', undefined, 'old')).toBe(true);
  expect(journal.writes('state 1')).toBe(false);
  expect(stepsOf(journal)).toMatchObject({ 'state 1': { kind: 'state', outcome: { value: 'old' } } });
  const emits: Emit[] = [{ to: 'connection', mark: ['x', 1] }];
  journal.noteMessages({ call, attempt: 1, emits }, 0);
  expect(journal.saidBytes).toBe(JSON.stringify(emits).length);
});
