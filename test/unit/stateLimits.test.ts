/** The limits of a session's state, and the comparison of its values. */
import { expect, test } from '@jest/globals';
import { isSame, whyNotState, withState } from '../../src/model/sessionState';
import { fc } from '../fixtures/laws';

test('a write adds or replaces its key, no value deletes it, and the state before stays as it was', () => {
  const before = { a: 1, b: null };
  expect(withState(before, 'c', [])).toEqual({ a: 1, b: null, c: [] });
  expect(withState(before, 'a', 2)).toEqual({ a: 2, b: null });
  expect(withState(before, 'b', undefined)).toEqual({ a: 1 });
  expect(before).toEqual({ a: 1, b: null });
});

test.each(['', '__proto__', 'x'.repeat(257)])('the key %j is refused, also to delete it', (key) => {
  expect(whyNotState({}, key, 1)).toMatch(/1 to 256 characters, and is not "__proto__"/);
  expect(whyNotState({}, key, undefined)).toBeDefined();
});

test('the state has 64,000 characters of JSON at most, with what it has already', () => {
  const most = 64_000 - '{"k":""}'.length;
  expect(whyNotState({}, 'k', 'x'.repeat(most))).toBeUndefined();
  expect(whyNotState({}, 'k', 'x'.repeat(most + 1))).toMatch(/would have 64001 characters of JSON with "k"/);
  expect(whyNotState({ other: 'x'.repeat(100) }, 'k', 'x'.repeat(most))).toMatch(
    /would have 64\d+ characters/,
  );
  expect(whyNotState({ k: 'x'.repeat(70_000) }, 'k', 'small')).toBeUndefined();
  expect(whyNotState({ k: 'x'.repeat(70_000) }, 'k', undefined)).toBeUndefined();
});

test('values are the same when their JSON is; no value is a value of its own', () => {
  expect(isSame({ a: [1] }, { a: [1] })).toBe(true);
  expect(isSame({ a: 1 }, { a: 2 })).toBe(false);
  expect(isSame(undefined, null)).toBe(false);
  expect(isSame(undefined, undefined)).toBe(true);
});

test('a key that was written reads as what was written, and no other key changes', () => {
  const state = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(
    fc.property(state, fc.string({ minLength: 1 }), fc.jsonValue(), (before, key, value) => {
      fc.pre(![key, ...Object.keys(before)].includes('__proto__')); // this key is refused earlier
      const { [key]: written, ...others } = withState(before, key, value);
      const { [key]: _replaced, ...untouched } = before;
      expect([written, others]).toEqual([value, untouched]);
    }),
  );
});
