/** The subscriptions of a session: their limits, and that each notification is delivered once. */
import { expect, test } from '@jest/globals';
import { Subscriptions } from '../../src/model/subscriptions';
import { carried, fc } from '../fixtures/laws';

const updated = (uri: unknown) =>
  ({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } }) as const;

function subscribed(...uris: string[]): Subscriptions {
  const subscriptions = new Subscriptions();
  for (const uri of uris) subscriptions.change(uri, true);
  return subscriptions;
}

test.each([
  ['board://one', 'board://one', true],
  ['board://one', 'board://one/card', true],
  ['board://one/', 'board://one/card/deep', true],
  ['board://one', 'board://oneself', false],
  ['board://one/card', 'board://one', false],
  ['board://one', '/', false],
  ['board://one', 7, false],
])('who is subscribed to %s hears of %s: %s', (uri, of, hears) => {
  expect(subscribed(uri).wants(updated(of))).toBe(hears);
});

test('everything that is no update of a resource is wanted', () => {
  expect(subscribed().wants({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })).toBe(true);
  expect(subscribed().wants({ jsonrpc: '2.0', id: 1, result: {} })).toBe(true);
});

test('unsubscribing ends it', () => {
  const subscriptions = subscribed('a://1', 'a://2');
  subscriptions.change('a://1', false);
  expect([subscriptions.wants(updated('a://1')), subscriptions.wants(updated('a://2'))]).toEqual([
    false,
    true,
  ]);
});

test('an id is told once, until a thousand others have been', () => {
  const subscriptions = subscribed();
  expect(subscriptions.isNew('x')).toBe(true);
  expect(subscriptions.isNew('x')).toBe(false);
  for (let n = 0; n < 999; n++) subscriptions.isNew(`${n}`);
  expect(subscriptions.isNew('x')).toBe(false);
  subscriptions.isNew('one more');
  expect(subscriptions.isNew('x')).toBe(true);
});

test('a URI that is too long, one URI too many and one byte too many are refused; what is held already is not', () => {
  const long = 'x'.repeat(2_000);
  expect(subscribed().change(long, true)).toBeUndefined();
  expect(subscribed().change(`${long}x`, true)).toMatch(/has 2001 bytes and 2000 are the limit/);
  const many = subscribed(...Array.from({ length: 1_000 }, (_, n) => `u://${n}`));
  expect(many.change('u://1000', true)).toMatch(/most subscriptions/);
  expect(many.change('u://7', true)).toBeUndefined();
  const large = subscribed(...Array.from({ length: 100 }, (_, n) => `${n}`.padEnd(2_000, '-')));
  for (const each of [large, new Subscriptions(carried(large.snapshot()))])
    expect(each.change('x', true)).toMatch(/most subscriptions/);
  large.change('7'.padEnd(2_000, '-'), false);
  expect(large.change('x', true)).toBeUndefined();
});

test('wherever a run ends, the next one refuses, wants and tells alike, at its limits too', () => {
  const uri = fc.oneof(
    fc.constantFrom('a://1', 'a://1/2', 'é://1'),
    fc.nat(120).map((n) => `${n}`.padEnd(1_900, '界')), // 105 of these exceed the limit of bytes
  );
  const change = fc.record({ uri, subscribed: fc.boolean(), id: fc.constantFrom('x', 'y', 'z') });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 150 }), fc.nat(149), (changes, cut) => {
      const whole = new Subscriptions();
      let parted = new Subscriptions();
      changes.forEach(({ uri, subscribed, id }, i) => {
        if (i === cut) parted = new Subscriptions(carried(parted.snapshot()));
        expect(parted.change(uri, subscribed)).toEqual(whole.change(uri, subscribed));
        expect(parted.isNew(id)).toBe(whole.isNew(id));
        expect(parted.wants(updated(`${uri}/deep`))).toBe(whole.wants(updated(`${uri}/deep`)));
      });
      expect(parted.snapshot()).toEqual(whole.snapshot());
    }),
  );
});
