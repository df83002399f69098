/** Lines are the same in whatever chunks their bytes come. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineCutter, Tail } from '../../src/client/stdio/lines';

const LONGEST = 40;

/** The bytes, cut at the places. */
function chunksOf(bytes: Buffer, places: number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
}

function linesOf(chunks: Buffer[]): { lines: string[]; tooLong: string[] } {
  const lines: string[] = [];
  const tooLong: string[] = [];
  const cutter = new LineCutter(
    LONGEST,
    (line) => void lines.push(line),
    (line) => void tooLong.push(line),
  );
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return { lines, tooLong };
}

const line = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((text) => !text.includes('\n') && Buffer.byteLength(text) <= LONGEST);

test('chunks may end anywhere, also within a character', () => {
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), (texts, places) => {
      const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
      expect(linesOf(chunksOf(bytes, places))).toEqual({ lines: texts, tooLong: [] });
    }),
  );
});

test('a line that is too long is cut at the limit, in whatever chunks it comes', () => {
  fc.assert(
    fc.property(fc.integer({ min: LONGEST + 1, max: 130 }), fc.array(fc.nat()), (length, places) => {
      const text = 'x'.repeat(length);
      const { lines, tooLong } = linesOf(chunksOf(Buffer.from(`${text}\nnext`), places));
      expect([...tooLong, lines[0]].join('')).toBe(text);
      expect(tooLong.every((part) => part.length === LONGEST)).toBe(true);
      expect(lines.slice(1)).toEqual(['next']);
    }),
  );
});

test('the end of a stream begins with a whole character', () => {
  const tail = new Tail(10);
  for (const byte of Buffer.from(`${'ä'.repeat(50)}b€😀`)) tail.push(Buffer.of(byte)); // …ä ä b € 😀
  expect(tail.toString()).toBe('äb€😀');
  for (const byte of Buffer.from('€€€')) tail.push(Buffer.of(byte));
  expect(tail.toString()).toBe('€€€');
});
