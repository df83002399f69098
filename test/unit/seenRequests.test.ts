/** A repeated request joins its call, and another request under the same id is refused; also in the next run of the session. */
import { expect, test } from '@jest/globals';
import { SeenRequests } from '../../src/model/seenRequests';
import { callKey } from '../../src/wire/call';
import { carried, fc } from '../fixtures/laws';

/** The number of requests that a session remembers with their digests. */
const REMEMBERED = 1_000;

/** A full memory: each further request evicts an older one. */
function full(): SeenRequests {
  const seen = new SeenRequests();
  for (let n = 0; n < REMEMBERED + 20; n++) seen.see(`"filler ${n}"`, 'd', 'run');
  return seen;
}

test('the first request is new, the same again is a repeat of its run, another one under its id a conflict', () => {
  const seen = new SeenRequests();
  expect(seen.knows('1')).toBe(false);
  expect(seen.see('1', 'digest', 'first run')).toEqual({ kind: 'new' });
  expect(seen.knows('1')).toBe(true);
  expect(seen.see('1', 'digest', 'second run')).toEqual({ kind: 'repeat', run: 'first run' });
  expect(seen.see('1', 'another', 'second run')).toEqual({ kind: 'conflict' });
});

test('the ids 1 and "1" are two requests', () => {
  const seen = new SeenRequests();
  expect(seen.see(callKey(1), 'd', 'r')).toEqual({ kind: 'new' });
  expect(seen.see(callKey('1'), 'd', 'r')).toEqual({ kind: 'new' });
});

test('an id that is older than what is remembered is forgotten, and never new again', () => {
  const seen = full();
  for (const key of ['7', '"seven"']) seen.see(key, 'd', 'r');
  for (let n = 0; n < REMEMBERED; n++) seen.see(`"later ${n}"`, 'd', 'r');
  for (const key of ['7', '"seven"', '"filler 3"'])
    expect([key, seen.see(key, 'd', 'r')]).toEqual([key, { kind: 'forgotten' }]);
  expect(seen.knows('7')).toBe(true);
  expect(seen.see('8', 'd', 'r')).toEqual({ kind: 'new' });
});

test('the ids of a client that counts take one range, in whichever order they grow old', () => {
  const ids = fc.shuffledSubarray([...Array(30).keys()], { minLength: 30 });
  fc.assert(
    fc.property(ids, (order) => {
      const seen = new SeenRequests();
      for (const id of order) seen.see(callKey(id), 'd', 'r');
      for (let n = 0; n < REMEMBERED; n++) seen.see(`"${n}"`, 'd', 'r');
      expect(seen.snapshot().ranges).toEqual([[0, 29]]);
    }),
    { numRuns: 20 },
  );
});

test('wherever a run ends, the next one comes to the verdicts that this one would have come to', () => {
  const request = fc.record({
    key: fc.oneof(
      fc.nat(40).map(callKey),
      fc.nat(40).map((n) => `"filler ${n}"`),
      fc.string().map(callKey),
    ),
    digest: fc.constantFrom('d', 'e'),
  });
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 80 }), fc.nat(79), (requests, cut) => {
      const [one, two] = [full(), full()];
      let next = two;
      requests.forEach(({ key, digest }, i) => {
        if (i === cut) next = new SeenRequests(carried(next.snapshot()));
        expect(next.see(key, digest, 'r')).toEqual(one.see(key, digest, 'r'));
      });
      expect(next.snapshot()).toEqual(one.snapshot());
    }),
    { numRuns: 15 },
  );
});
