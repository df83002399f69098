/** A session's memory of its requests is bounded, whatever their ids: it must fit into the input of the next run. */
import { expect, test } from '@jest/globals';
import { callKey } from '../../src/wire/call';
import { SeenRequests } from '../../src/model/seenRequests';

const DIGEST = 'x'.repeat(44);
const RUN = '00000000-0000-4000-8000-000000000000';
const MAXIMUM_BYTES = 1_000_000;

const sizeOf = (seen: SeenRequests) => Buffer.byteLength(JSON.stringify(seen.snapshot()));

test.each([
  ['quotes', (n: number) => `${n}${'"'.repeat(120)}`],
  ['backslashes and control characters', (n: number) => `${n}${'\u0001\\'.repeat(60)}`],
  ['long words', (n: number) => `${n}${'界'.repeat(80)}`],
  ['numbers that do not follow each other', (n: number) => n * 3 + 9_007_199_000_000],
])('ids of %s', (_, idOf) => {
  let seen = new SeenRequests();
  const verdicts = new Set<string>();
  for (let n = 0; n < 12_000; n++) verdicts.add(seen.see(callKey(idOf(n)), DIGEST, RUN).kind);
  expect([...verdicts]).toEqual(['new']);
  expect(sizeOf(seen)).toBeLessThan(MAXIMUM_BYTES);
  seen = new SeenRequests(seen.snapshot());
  expect(seen.see(callKey(idOf(11_999)), DIGEST, RUN)).toEqual({ kind: 'repeat', run: RUN });
  expect(seen.see(callKey(idOf(11_998)), 'another', RUN)).toEqual({ kind: 'conflict' });
  expect(seen.see(callKey(idOf(9_000)), DIGEST, RUN)).toEqual({ kind: 'forgotten' });
});

test('a snapshot of an earlier version knows its ids', () => {
  const id = callKey('"'.repeat(120));
  const seen = new SeenRequests({
    recent: [[id, DIGEST, RUN]],
    ranges: [],
    strings: [callKey('界'.repeat(80))],
  });
  expect(seen.see(id, DIGEST, RUN)).toEqual({ kind: 'repeat', run: RUN });
  expect(seen.see(callKey('界'.repeat(80)), DIGEST, RUN)).toEqual({ kind: 'forgotten' });
});
