/** One session sends messages that are large, many or odd. */
import type { Attack } from '../attack';
import type { Field } from '../field';

const LARGE_BYTES = 900_000;
const NEARLY_TOO_LARGE_BYTES = 999_000;

const notification = (bytes: number) => ({
  jsonrpc: '2.0',
  method: 'notifications/x',
  params: { data: 'x'.repeat(bytes - 100) },
});

/** Calls `send` at `rate` per second, without awaiting its answers. */
async function perSecond(field: Field, rate: number, send: (n: number) => Promise<unknown>): Promise<void> {
  const sent: Promise<unknown>[] = [];
  for (let n = 0; !field.isOver; n++) {
    sent.push(send(n));
    await field.pause(1_000 / rate);
  }
  await Promise.all(sent);
}

/**
 * Slow to match: the SDK's regular expression for the template `doc://{name}.{ext}` backtracks over every
 * pair of dots, and the final slash fails each try.
 */
const DOTS = `doc://${'a.'.repeat(50_000)}/`;
const LONG = `doc://${'a'.repeat(100_000)}.txt`;

/**
 * Every other id exceeds the limit for ids, which counts bytes of JSON: there, each quote takes two bytes.
 */
const idOf = (n: number): string => `${n}${'"'.repeat(n % 2 ? 200 : 120)}`;
const IDS = 4_000;

export const MESSAGES: readonly Attack[] = [
  {
    name: 'long name',
    what: '20 calls a second of a tool whose name has 450,000 characters.',
    async run(field) {
      const client = await field.session();
      await perSecond(field, 20, (n) => field.call(client, n, 'a'.repeat(450_000)));
    },
  },
  {
    name: 'long uri',
    what: '`resources/subscribe` and `resources/read` with URIs of 100 kB, for the template `doc://{name}.{ext}`.',
    async run(field) {
      const client = await field.session();
      field.mayBeLeft++; // LONG is the only resource to which the session can subscribe
      await field.again(4, (n) => {
        const method = n % 2 ? 'resources/read' : 'resources/subscribe';
        const params = { uri: n % 4 < 2 ? DOTS : LONG };
        return field.send(client, { jsonrpc: '2.0', id: n, method, params });
      });
    },
  },
  {
    name: 'unknown tool',
    what: '20 parallel calls of 900 kB of a tool that does not exist, again and again.',
    async run(field) {
      const client = await field.session();
      const data = 'x'.repeat(LARGE_BYTES);
      await field.again(20, (n) => field.call(client, n, 'no-such-tool', { data }));
    },
  },
  {
    name: 'large notifications',
    what: 'Notifications of 1 MB as fast as they are taken, while a call of the session sleeps.',
    async run(field) {
      const client = await field.session();
      void field.call(client, 'long', 'night', { seconds: 60 });
      const message = JSON.stringify(notification(NEARLY_TOO_LARGE_BYTES));
      await field.again(4, () => field.send(client, message));
    },
  },
  {
    name: 'notifications',
    what: 'Notifications of 60 kB as fast as they are taken, while a call of the session sleeps.',
    async run(field) {
      const client = await field.session();
      void field.call(client, 'long', 'night', { seconds: 60 });
      const message = JSON.stringify(notification(60_000));
      await field.again(16, () => field.send(client, message));
    },
  },
  {
    name: 'ids',
    what: '4,000 request ids of 120 or 200 quotes each, as many as the time allows, then further calls.',
    longer: 2,
    async run(field) {
      const client = await field.session();
      await field.again(50, (n) => field.call(client, n < IDS ? idOf(n) : n, 'echo', { value: 'x' }));
    },
  },
];
