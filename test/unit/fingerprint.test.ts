/** Fingerprints of texts are short, and never change: existing histories contain them. */
import { expect, test } from '@jest/globals';
import { fingerprint } from '../../src/model/fingerprint';
import { fc } from '../fixtures/laws';

test('a text of 64 bytes is its own fingerprint, a longer one has a hash', () => {
  const text = 'x'.repeat(64);
  expect(fingerprint(text)).toBe(text);
  expect(fingerprint(`${text}x`)).toBe('#65.egykaumulv.2w60gbh7dn.29ydekc5v39');
  expect(fingerprint('"'.repeat(33))).toMatch(/^#33\./); // 66 bytes as JSON
  expect(fingerprint('界'.repeat(22))).toMatch(/^#22\./); // 66 bytes as UTF-8
});

test('it has few bytes as JSON, and its own fingerprint is itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const short = fingerprint(text);
      expect(Buffer.byteLength(JSON.stringify(short))).toBeLessThanOrEqual(66);
      expect(fingerprint(short)).toBe(short);
    }),
  );
});

test('two long texts that differ in one place have two', () => {
  const texts = fc.tuple(
    fc.string({ minLength: 65, maxLength: 300 }),
    fc.nat(299),
    fc.string({ minLength: 1, maxLength: 1 }),
  );
  fc.assert(
    fc.property(texts, ([text, at, unit]) => {
      const other = text.slice(0, at) + unit + text.slice(at + 1);
      fc.pre(other !== text);
      expect(fingerprint(other)).not.toBe(fingerprint(text));
    }),
  );
});
