/** Limits of time, cancellation and keys of calls, with each kind of server, over both transports. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { textOf, until } from 'durable-mcp/testing';
import { Cancelled, KeyConflict, OutcomeUnknown, RequestTimeout } from '../src/client';
import { KINDS, serve, WITH_SESSIONS, type Served } from './fixtures/connection/served';

const CANCELLED = 'notifications/cancelled';

describe.each(KINDS)('%s', (kind) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(kind);
  });
  afterEach(() => served.endConnections());
  afterAll(() => served.stop());

  const began = (name: string) => until(() => served.ledger.find(`${name} began`));

  test('a call that takes too long is cancelled once, by its id on the wire', async () => {
    const connection = await served.connectRecorded({ timeout: { call: 100 } });
    const before = served.count(CANCELLED);
    const call = connection.startTool('wait', { name: 'late' }, { timeout: 200 });
    await expect(call.result).rejects.toThrow(RequestTimeout);
    await expect(call.result).rejects.toThrow('wait was not answered within 0.2 s');
    await expect(connection.callTool('wait', { name: 'later' })).rejects.toThrow('within 0.1 s');
    await until(() => served.count(CANCELLED) >= before + 2);
    await connection.ping();
    expect(served.count(CANCELLED)).toBe(before + 2);
    expect(served.wire.filter((line) => line.includes(CANCELLED) && line.includes(call.id))).toHaveLength(1);
  });

  test('any other request has its limit too, with the same error', async () => {
    const connection = await served.connectRecorded({ timeout: { request: 300 } });
    const before = served.count(CANCELLED);
    await expect(connection.readResource('note://slow')).rejects.toThrow(RequestTimeout);
    await until(() => served.count(CANCELLED) > before);
  });

  test('progress begins the limit anew', async () => {
    const connection = await served.connect();
    const steps: number[] = [];
    const onProgress = ({ progress }: { progress: number }) => void steps.push(progress);
    const args = { name: 'steady', steps: 3 };
    const call = connection.startTool('wait', args, { timeout: 2_000, onProgress });
    const failed = call.result.catch((error: unknown) => error);
    const since = performance.now();
    for (const step of [1, 2]) {
      await until(() => steps.includes(step));
      await until(() => performance.now() - since > 1_500 * step);
      served.ledger.open(`steady ${step}`);
    }
    await until(() => steps.includes(3)); // more than the limit after the beginning
    expect(performance.now() - since).toBeGreaterThan(2_000);
    await expect(failed).resolves.toBeInstanceOf(RequestTimeout); // and then nothing comes any more
  });

  test('a limit of 40 days is none of a millisecond', async () => {
    const connection = await served.connect({ timeout: { call: '40d', request: '40d' } });
    const call = connection.startTool('wait', { name: 'patient' }, { timeout: '40d' });
    await began('patient');
    await connection.ping();
    served.ledger.open('patient');
    expect(textOf(await call.result)).toBe('patient ended');
  });

  test('a caller cancels by its signal or by hand; before it is sent, nothing is', async () => {
    const connection = await served.connectRecorded();
    const before = served.count(CANCELLED);
    const abort = new AbortController();
    const byHand = connection.startTool('wait', { name: 'by hand' });
    const bySignal = connection.callTool('wait', { name: 'by signal' }, { signal: abort.signal });
    await Promise.all(['by hand', 'by signal'].map(began));
    byHand.cancel('enough');
    abort.abort();
    await expect(byHand.result).rejects.toThrow(/wait was cancelled by its caller: enough/);
    await expect(bySignal).rejects.toMatchObject({ constructor: Cancelled, phase: 'maybe' });
    await until(() => served.count(CANCELLED) >= before + 2);

    const calls = served.count('tools/call');
    const { signal } = abort;
    await expect(connection.callTool('write', { value: 'never' }, { signal })).rejects.toMatchObject({
      constructor: Cancelled,
      phase: 'unsent',
    });
    byHand.cancel(); // of no effect after the end
    await connection.ping();
    expect(served.count('tools/call')).toBe(calls);
    expect(served.count(CANCELLED)).toBe(before + 2);
  });

  test('a call whose tools are not known yet can be cancelled and timed out', async () => {
    const connection = await served.connect({ timeout: { request: '1h' } });
    const listed = served.ledger.count('tools from 4');
    served.ledger.open('lists wait');
    const listing = connection.listTools(); // of which a server that does not join needs the end
    await until(() => served.ledger.count('tools from 4') > listed);
    await expect(connection.callTool('wait', { name: 'unknown' }, { timeout: 200 })).rejects.toThrow(
      RequestTimeout,
    );
    served.ledger.open('lists go on');
    await listing;
  });

  test('the same key joins the call while it runs, and then has its answer; another call may not have it', async () => {
    const connection = await served.connect();
    const call = () => connection.callTool('wait', { name: 'joined' }, { key: 'one' });
    const both = [call(), call()];
    await began('joined');
    served.ledger.open('joined');
    const answers = await Promise.all(both);
    answers.push(await call());
    expect(answers.map(textOf)).toEqual(Array(3).fill('joined ended'));
    expect(served.ledger.count('joined began')).toBe(1);
    await expect(connection.callTool('write', { value: 'other' }, { key: 'one' })).rejects.toThrow(
      KeyConflict,
    );
    expect(served.ledger.find('wrote other')).toBeUndefined();
  });

  test('a key is of the same call in whatever order its arguments are given', async () => {
    const connection = await served.connect();
    served.ledger.open('ordered');
    const one = connection.callTool('wait', { name: 'ordered', steps: 0 }, { key: 'ordered' });
    const other = connection.callTool('wait', { steps: 0, name: 'ordered' }, { key: 'ordered' });
    expect((await Promise.all([one, other])).map(textOf)).toEqual(Array(2).fill('ordered ended'));
    expect(served.ledger.count('ordered began')).toBe(1);
  });

  test('one caller of two who gives up leaves the call to the other', async () => {
    const connection = await served.connectRecorded();
    const before = served.count(CANCELLED);
    const options = { key: 'two callers' };
    const first = connection.startTool('wait', { name: 'shared' }, options);
    const second = connection.startTool('wait', { name: 'shared' }, options);
    await began('shared');
    await connection.ping();
    first.cancel();
    await expect(first.result).rejects.toThrow(Cancelled);
    served.ledger.open('shared');
    expect(textOf(await second.result)).toBe('shared ended');
    expect(served.count(CANCELLED)).toBe(before);
  });
});

describe.each(WITH_SESSIONS)('%s, a lost session', (kind) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(kind);
  });
  afterAll(() => served.stop());

  test('a call whose outcome is unknown is not made again by its key', async () => {
    const connection = await served.connect();
    const again = () => connection.callTool('wait', { name: 'lost' }, { key: 'lost' });
    const call = again().catch((error: unknown) => error);
    await until(() => served.ledger.find('lost began'));
    await served.lose(connection);
    expect(await call).toMatchObject({ phase: 'maybe', retryable: false });
    await expect(again()).rejects.toThrow(OutcomeUnknown);
    expect(served.ledger.count('lost began')).toBe(1);
  });
});
