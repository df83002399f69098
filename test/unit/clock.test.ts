/** The clock of a call's timeout runs while the handler works, and pauses while the call waits. */
import { expect, jest, test } from '@jest/globals';
import { Clock } from '../../activities/clock';
import { realTime, type Time } from '../../activities/time';

/** A fake time that advances only by `pass()`. */
class SteppedTime implements Time {
  private at = 0;
  private timers: { at: number; then: () => void }[] = [];

  now(): number {
    return this.at;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.at + ms, then };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((each) => each !== timer));
  }

  pass(ms: number): void {
    this.at += ms;
    const due = this.timers.filter(({ at }) => at <= this.at);
    this.timers = this.timers.filter((timer) => !due.includes(timer));
    for (const { then } of due) then();
  }

  get isIdle(): boolean {
    return this.timers.length === 0;
  }
}

function started(leftMs: number) {
  const time = new SteppedTime();
  const clock = new Clock(time, leftMs);
  let isOver = false;
  void clock.ended.then(() => (isOver = true));
  /** Whether the clock has ended. Lets the callbacks of resolved promises run first. */
  const over = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return isOver;
  };
  return { time, clock, over };
}

test('it ends when the time is up, and not before', async () => {
  const { time, clock, over } = started(1_000);
  time.pass(999);
  expect(clock.timeLeftMs).toBe(1);
  expect(await over()).toBe(false);
  time.pass(1);
  expect(await over()).toBe(true);
});

test('a pause does not count, however long', async () => {
  const { time, clock, over } = started(1_000);
  time.pass(400);
  clock.pause();
  time.pass(1_000_000);
  expect([clock.timeLeftMs, clock.pausedMs]).toEqual([600, 1_000_000]);
  clock.pause(); // a second wait at the same time
  time.pass(5);
  clock.resume();
  clock.resume();
  expect(clock.pausedMs).toBe(1_000_005);
  time.pass(599);
  expect(await over()).toBe(false);
  time.pass(1);
  expect(await over()).toBe(true);
});

test('several pauses add up', () => {
  const { time, clock } = started(1_000);
  for (const ms of [10, 20, 30]) {
    clock.pause();
    time.pass(ms);
    clock.resume();
    time.pass(1);
  }
  expect([clock.pausedMs, clock.timeLeftMs]).toEqual([60, 997]);
});

test('what was spent before ends it earlier, also while it is paused', async () => {
  const { time, clock, over } = started(1_000);
  clock.spend(300);
  expect([clock.timeLeftMs, clock.pausedMs]).toEqual([700, 0]);
  clock.pause();
  clock.spend(200);
  clock.resume();
  time.pass(499);
  expect(await over()).toBe(false);
  time.pass(1);
  expect(await over()).toBe(true);
});

test('time that is overspent is over at once', async () => {
  const { time, clock, over } = started(1_000);
  clock.spend(5_000);
  time.pass(1);
  expect(await over()).toBe(true);
});

test('once it is stopped, nothing sets a timer any more', async () => {
  const { time, clock, over } = started(1_000);
  clock.stop();
  clock.resume();
  expect(time.isIdle).toBe(true);
  time.pass(10_000);
  expect(await over()).toBe(false);
});

test('real time waits for what it is told, and stops', async () => {
  const began = performance.now();
  await new Promise<void>((resolve) => void realTime.after(20, resolve));
  expect(performance.now() - began).toBeGreaterThanOrEqual(20);
  let early = false;
  const stop = realTime.after(5, () => (early = true));
  stop();
  await new Promise<void>((resolve) => void realTime.after(30, resolve));
  expect(early).toBe(false);
});

test('a time that is longer than a timer of Node can be takes one that Node can', () => {
  const timers = jest.spyOn(globalThis, 'setTimeout');
  const stop = realTime.after(2 ** 40, () => undefined);
  expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([2 ** 31 - 1]);
  stop();
  timers.mockRestore();
});
