/** The media types that an `Accept` header accepts (RFC 9110, section 12.5.1). */
import { expect, test } from '@jest/globals';
import { accepts } from '../../src/http/mediaRanges';

const JSON_TYPE = 'application/json';

test.each([
  ['', false],
  ['application/json', true],
  ['Application/JSON', true],
  ['text/event-stream, application/json', true],
  ['application/json; charset=utf-8', true],
  ['application/*', true],
  ['*/*', true],
  ['text/*', false],
  ['text/html', false],
  ['application/json;q=0', false],
  ['application/json; q=0.001', true],
  ['*/*, application/json;q=0', false],
  ['*/*;q=0, application/json', true],
  ['application/*;q=0, */*', false],
])('%j takes application/json: %s', (header, takes) => {
  expect(accepts(header, JSON_TYPE)).toBe(takes);
});
