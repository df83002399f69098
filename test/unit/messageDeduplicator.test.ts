/** A retried attempt sends the messages of its predecessor again; the client gets each once. */
import { expect, test } from '@jest/globals';
import { MessageDeduplicator } from '../../src/model/messageDeduplicator';
import type { MessageFingerprint } from '../../src/wire/snapshots';
import { carried, fc } from '../fixtures/laws';

const progress = (value: unknown) =>
  ({ jsonrpc: '2.0', method: 'notifications/progress', params: { progress: value } }) as const;

/** The fingerprints that an attempt gives to these texts: each counts the equal texts so far, itself included. */
function marksOf(texts: string[]): MessageFingerprint[] {
  const times = new Map<string, number>();
  return texts.map((text) => {
    const count = (times.get(text) ?? 0) + 1;
    times.set(text, count);
    return [text, count];
  });
}

test('the same mark is new once; the same text said twice is two messages', () => {
  const said = new MessageDeduplicator();
  expect(
    [
      ['a', 1],
      ['a', 1],
      ['a', 2],
      ['a', 1],
    ].map((mark) => said.isNew(mark as [string, number])),
  ).toEqual([true, false, true, false]);
});

test('progress must grow, also under another mark', () => {
  const said = new MessageDeduplicator();
  const told = [1, 0.5, 1, 2, '2', '3'].map((value, n) => said.isNew([`${n}`, 1], progress(value)));
  expect(told).toEqual([true, false, false, true, false, true]);
});

test('an author may give what is no number, and throws when it is read as one', () => {
  const odd = {
    valueOf: () => {
      throw new Error('no number');
    },
  };
  expect(new MessageDeduplicator().isNew(['odd', 1], progress(odd))).toBe(true);
});

test('an attempt that died anywhere, and the next from the beginning: each text is told as often as the handler says it', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 });
  fc.assert(
    fc.property(texts, fc.nat(20), fc.boolean(), (all, diedAfter, crossesRuns) => {
      let said = new MessageDeduplicator();
      const marks = marksOf(all);
      const first = marks.slice(0, diedAfter).filter((mark) => said.isNew(mark));
      if (crossesRuns) said = new MessageDeduplicator(carried(said.snapshot()));
      const second = marks.filter((mark) => said.isNew(mark));
      expect([...first, ...second]).toEqual(marks);
    }),
  );
});

test('a snapshot keeps how far the progress has come', () => {
  const said = new MessageDeduplicator();
  said.isNew(['half', 1], progress(0.5));
  const next = new MessageDeduplicator(carried(said.snapshot()));
  expect(next.isNew(['less', 1], progress(0.4))).toBe(false);
  expect(next.isNew(['more', 1], progress(0.6))).toBe(true);
  expect(new MessageDeduplicator().snapshot()).toEqual({ times: {} });
});
