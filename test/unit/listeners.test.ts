/** The newest of a session's open GET streams gets the session's messages. */
import { expect, test } from '@jest/globals';
import { Listeners } from '../../src/model/listeners';
import { carried, fc } from '../fixtures/laws';

const listener = (name: string, getId = name) => ({
  stream: `session-${name}`,
  getId,
  wakeAt: `queue ${name}`,
});

function listening(...names: string[]): Listeners {
  const listeners = new Listeners();
  for (const name of names) listeners.listen(listener(name));
  return listeners;
}

test('the newest is told; when it closes, the one before', () => {
  const listeners = listening('a', 'b', 'c');
  expect(listeners.activeListener).toBe('session-c');
  listeners.leave(listener('c'));
  expect(listeners.activeListener).toBe('session-b');
  listeners.leave(listener('a'));
  expect(listeners.activeListener).toBe('session-b');
});

test('when the last one closes, messages stay its own, and no node is woken for it', () => {
  const listeners = listening('a');
  listeners.leave(listener('a'));
  expect(listeners.activeListener).toBe('session-a');
  expect(listeners.wakeAt('active')).toEqual([]);
});

test('a stream that another GET has gone on with does not close with the GET before', () => {
  const listeners = listening('a', 'b');
  listeners.listen(listener('a', 'a again'));
  expect(listeners.activeListener).toBe('session-a');
  listeners.leave(listener('a'));
  listeners.leave(listener('b'));
  expect(listeners.activeListener).toBe('session-a');
  expect(listeners.wakeAt('active')).toEqual(['queue a']);
});

test('of the told, or of all, each queue is woken once', () => {
  const listeners = listening('a', 'b');
  listeners.listen({ ...listener('c'), wakeAt: 'queue a' });
  listeners.listen({ stream: 'session-follows', getId: 'follows' }); // without `wakeAt`: its node follows the log
  expect(listeners.wakeAt('active')).toEqual([]);
  expect(listeners.wakeAt('all')).toEqual(['queue a', 'queue b']);
});

test('of nodes that died without a word, the oldest streams are forgotten', () => {
  const names = Array.from({ length: 130 }, (_, n) => `${n}`);
  const listeners = listening(...names);
  expect(listeners.snapshot().open.map(([stream]) => stream)).toEqual(
    names.slice(30).map((name) => `session-${name}`),
  );
  expect(listeners.activeListener).toBe('session-129');
});

const change = fc.record({
  what: fc.constantFrom('listen', 'leave'),
  of: fc
    .tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'))
    .map(([name, get]) => listener(name, get)),
});

test('the told stream is open as long as any is, and is the last of them that was opened', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const listeners = new Listeners();
      let open: { stream: string; getId: string }[] = [];
      for (const { what, of } of changes) {
        listeners[what as 'listen' | 'leave'](of);
        open = open.filter(
          ({ stream, getId }) => stream !== of.stream || (what === 'leave' && getId !== of.getId),
        );
        if (what === 'listen') open.push(of);
        if (open.length > 0) expect(listeners.activeListener).toBe(open.at(-1)?.stream);
      }
    }),
  );
});

test('wherever a run ends, the next one goes on alike', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 30 }), fc.nat(29), (changes, cut) => {
      const whole = new Listeners();
      let parted = new Listeners();
      changes.forEach(({ what, of }, i) => {
        if (i === cut) parted = new Listeners(carried(parted.snapshot()));
        for (const each of [whole, parted]) each[what as 'listen' | 'leave'](of);
      });
      expect(parted.snapshot()).toEqual(whole.snapshot());
      expect(parted.wakeAt('all')).toEqual(whole.wakeAt('all'));
    }),
  );
});
