/** A promise of `ctx` knows whether code awaits it: the loser of a race must not suspend its call or pause the call's clock. */
import { expect, test } from '@jest/globals';
import { DurablePromise } from '../../activities/durablePromise';

function durable() {
  let resolve!: (value: string) => void;
  let reject!: (error: Error) => void;
  const operation = new Promise<string>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise: DurablePromise.of(operation, () => undefined), resolve, reject };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('nobody waits for one that was only begun; an await, a then and a combinator do', async () => {
  const [begun, awaited, chained, joined] = [durable(), durable(), durable(), durable()];
  const waiting = (async () => awaited.promise.then(String))();
  void chained.promise.then(String);
  const all = Promise.all([joined.promise]);
  expect([begun, awaited, chained, joined].map(({ promise }) => promise.isWaitedFor)).toEqual([
    false,
    true,
    true,
    true,
  ]);
  awaited.resolve('a');
  joined.resolve('j');
  expect([await waiting, await all]).toEqual(['a', ['j']]);
});

test.each([
  ['race', 'itself', (a: Promise<string>, b: Promise<string>) => Promise.race([a, b])],
  [
    'race',
    'then',
    (a: Promise<string>, b: Promise<string>) => Promise.race([a.then(String), b.then(String)]),
  ],
  ['any', 'itself', (a: Promise<string>, b: Promise<string>) => Promise.any([a, b])],
] as const)('the loser of Promise.%s (%s) is waited for until it has lost', async (_how, _as, join) => {
  const [winner, loser] = [durable(), durable()];
  const joined = join(winner.promise, loser.promise);
  expect([winner.promise.isWaitedFor, loser.promise.isWaitedFor]).toEqual([true, true]);
  winner.resolve('won');
  expect(await joined).toBe('won');
  expect(loser.promise.isWaitedFor).toBe(false);
});

test('of Promise.all the others are waited for, until one has failed', async () => {
  const [one, two, three] = [durable(), durable(), durable()];
  const all = Promise.all([one.promise, two.promise, three.promise]).catch((error: unknown) => error);
  one.resolve('one');
  await turn();
  expect(two.promise.isWaitedFor).toBe(true);
  two.reject(new Error('no'));
  expect(await all).toEqual(new Error('no'));
  expect(three.promise.isWaitedFor).toBe(false);
});

test('Promise.allSettled waits for all', async () => {
  const [one, two] = [durable(), durable()];
  const all = Promise.allSettled([one.promise, two.promise]);
  one.reject(new Error('no'));
  await turn();
  expect(two.promise.isWaitedFor).toBe(true);
  two.resolve('two');
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('one that has lost a race and is awaited later is waited for again', async () => {
  const [winner, loser] = [durable(), durable()];
  const race = Promise.race([winner.promise, loser.promise]);
  winner.resolve('won');
  await race;
  const later = (async () => `${await loser.promise} later`)();
  expect(loser.promise.isWaitedFor).toBe(true);
  loser.resolve('lost');
  expect(await later).toBe('lost later');
});
