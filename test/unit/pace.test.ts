/** A pace delays the keys that exceed it, and no others. (src/http/inputPace.ts, activities/temporalCallLog.ts) */
import { expect, test } from '@jest/globals';
import { Pace } from '../../src/shared/pace';

test('the burst goes at once, what is beyond it waits, and another key is not concerned', async () => {
  const pace = new Pace(10, 100);
  expect(await pace.take('fast', 6)).toBe(false);
  expect(await pace.take('fast', 4)).toBe(false);
  const order: string[] = [];
  const take = async (key: string, amount: number, name: string) => {
    const waited = await pace.take(key, amount);
    order.push(`${name} ${waited ? 'waited' : 'at once'}`);
  };
  await Promise.all([take('fast', 20, 'first'), take('fast', 20, 'second'), take('other', 10, 'another')]);
  expect(order).toEqual(['another at once', 'first waited', 'second waited']);
});

test('who is in debt is told how long the wait is, before it takes its turn', async () => {
  const pace = new Pace(10, 1);
  expect(pace.waitMs('fast', 10)).toBe(0);
  await pace.take('fast', 10);
  expect(pace.waitMs('fast', 60)).toBeGreaterThan(59_000);
  expect(pace.waitMs('other', 10)).toBe(0);
});

test('who goes before its turn gives it back, and nobody waits for it', async () => {
  const pace = new Pace(10, 100);
  const gone = new AbortController();
  const abandoned = pace.take('fast', 2_000, gone.signal);
  await pace.take('other', 10);
  gone.abort();
  await expect(abandoned).rejects.toThrow();
  await expect(pace.take('fast', 2_000, gone.signal)).rejects.toThrow();
  const first = Promise.race([
    pace.take('fast', 20).then(() => 'fast'),
    pace.take('other', 100).then(() => 'other'),
  ]);
  expect(await first).toBe('fast');
});
