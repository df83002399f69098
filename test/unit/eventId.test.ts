/** An event id contains a position in the log and a stream. Ids that no node can have issued are refused. */
import { expect, test } from '@jest/globals';
import { callKey } from '../../src/wire/call';
import {
  SESSION_STREAM,
  callOfStream,
  formatEventId,
  isOfSession,
  parseEventId,
  streamOfListener,
  streamOfRequest,
} from '../../src/wire/eventId';
import { fc } from '../fixtures/laws';

const RUN = '00000000-0000-4000-8000-000000000000';
const position = { run: RUN, event: 17, part: 0 };
const requestId = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }));
const place = fc.record({ run: fc.uuid(), event: fc.integer({ min: 1 }), part: fc.nat() });

test('what is formatted is parsed again: any place, any request, any listener', () => {
  const stream = fc.oneof(requestId.map(streamOfRequest), fc.uuid().map(streamOfListener));
  fc.assert(
    fc.property(place, stream, (position, stream) => {
      expect(parseEventId(formatEventId(position, stream))).toEqual({ position, stream });
    }),
  );
});

test("a request's stream knows its call, and a listener's knows none", () => {
  fc.assert(
    fc.property(requestId, (id) => {
      expect(callOfStream(streamOfRequest(id))).toBe(callKey(id));
      expect(isOfSession(streamOfRequest(id))).toBe(false);
    }),
  );
  expect(callOfStream(streamOfListener(RUN))).toBeUndefined();
  expect([isOfSession(SESSION_STREAM), isOfSession(streamOfListener(RUN))]).toEqual([true, true]);
});

const post = (json: string) => `post-${Buffer.from(json).toString('base64url')}`;

test.each([
  ['nothing', ''],
  ['too few parts', `${RUN}.1.0`],
  ['a part too many', `${formatEventId(position, post('1'))}.x`],
  ['a run that is no UUID', formatEventId({ ...position, run: 'run' }, post('1'))],
  ['event 0', formatEventId({ ...position, event: 0 }, post('1'))],
  ['half an event', formatEventId({ ...position, event: 1.5 }, post('1'))],
  ['a negative part', formatEventId({ ...position, part: -1 }, post('1'))],
  ['the stream of nobody', formatEventId(position, SESSION_STREAM)],
  ['a listener that is no UUID', formatEventId(position, streamOfListener('x'))],
  ['a request id that is no id', formatEventId(position, post('{"a":1}'))],
  ['a request id that is no JSON', formatEventId(position, post('{'))],
  ['the same bytes in another base64url', formatEventId(position, `${post('10')}=`)],
  ['the same id in other JSON', formatEventId(position, post(' 1'))],
])('%s is refused', (_what, text) => {
  expect(parseEventId(text)).toBeUndefined();
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `${RUN}.1.0.post-${text}`),
      ),
      (text) => {
        const parsed = parseEventId(text);
        if (parsed) expect(formatEventId(parsed.position, parsed.stream)).toBe(text);
      },
    ),
    { numRuns: 500 },
  );
});
