/** A limiter runs a limited number of tasks per key at a time, in the order of their arrival. */
import { expect, test } from '@jest/globals';
import { limiter } from '../../src/shared/limiter';

/** A task that runs until its `end()` is called. */
function task() {
  let end!: () => void;
  let fail!: (error: Error) => void;
  let begun = false;
  const over = new Promise<void>((yes, no) => ([end, fail] = [yes, no]));
  const act = () => {
    begun = true;
    return over;
  };
  return { act, end, fail, hasBegun: () => begun };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('no more than so many of one key run at once, and another key is not concerned', async () => {
  const run = limiter(2);
  const tasks = [task(), task(), task(), task()];
  const ends = tasks.map(({ act }) => run('a', act));
  const other = task();
  const otherEnd = run('b', other.act);
  await turn();
  expect(tasks.map(({ hasBegun }) => hasBegun())).toEqual([true, true, false, false]);
  expect(other.hasBegun()).toBe(true);
  tasks[1]!.end();
  await turn();
  expect(tasks.map(({ hasBegun }) => hasBegun())).toEqual([true, true, true, false]);
  const late = task();
  const lateEnd = run('a', late.act);
  expect(late.hasBegun()).toBe(false);
  tasks[0]!.end();
  await turn();
  expect(tasks.map(({ hasBegun }) => hasBegun())).toEqual([true, true, true, true]);
  for (const { end } of [...tasks, late, other]) end();
  await Promise.all([...ends, lateEnd, otherEnd]);
});

test('one that fails gives its turn to the next, and says so to its caller alone', async () => {
  const run = limiter(1);
  const [first, second] = [task(), task()];
  const failed = run('a', first.act);
  const ended = run('a', second.act);
  first.fail(new Error('no'));
  await expect(failed).rejects.toThrow('no');
  await turn();
  expect(second.hasBegun()).toBe(true);
  second.end();
  await ended;
});

test('one that comes between the end of a turn and the next does not pass those that wait', async () => {
  const run = limiter(1);
  const order: string[] = [];
  const first = task();
  const all = [run('a', first.act), run('a', async () => void order.push('second'))];
  first.end();
  all.push(run('a', async () => void order.push('third')));
  await Promise.all(all);
  expect(order).toEqual(['second', 'third']);
  const last = task();
  const end = run('a', last.act); // the limiter has dropped the idle key meanwhile
  expect(last.hasBegun()).toBe(true);
  last.end();
  await end;
});
