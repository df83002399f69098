/** Sessions that are opened and never used, and sessions that leave many workflows. */
import { BareClient } from 'durable-mcp/testing';
import { NEVER, NEVER_IN_WORKER } from '../app';
import type { Attack } from '../attack';

const SUBSCRIPTIONS = 60;
/** The time after which a client without an answer retries. */
const PATIENCE_MS = 2_000;

export const SESSIONS: readonly Attack[] = [
  {
    name: 'initialize',
    what: '`initialize` as fast as possible, and never `notifications/initialized`: none of these sessions may be left.',
    async run(field) {
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'hostile', version: '1' },
      };
      const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
      await field.again(32, () => field.send(new BareClient(''), message));
    },
  },
  {
    name: 'subscriptions',
    what: 'A session subscribes to 60 resources and is deleted, again and again, 4 at a time: nothing may be left of it.',
    async run(field) {
      await field.again(4, async (n) => {
        const client = await field.session();
        field.mayBeLeft += SUBSCRIPTIONS; // as long as the session is open
        const subscribe = (i: number) => {
          const params = { uri: `doc://${n}-${i}.txt` };
          return field.send(client, { jsonrpc: '2.0', id: i, method: 'resources/subscribe', params });
        };
        await Promise.all(Array.from({ length: SUBSCRIPTIONS }, (_, i) => subscribe(i)));
        client.url = field.url;
        const status = await field.counted(() => client.delete());
        if (status === 200 || status === 204) field.mayBeLeft -= SUBSCRIPTIONS + 1;
      });
    },
  },
  {
    name: 'app never returns',
    what: 'The app function does not return for this client: at its `initialize`, or in the worker at each of 100 parallel calls.',
    async run(field) {
      const client = await field.session(NEVER_IN_WORKER);
      await Promise.all([
        field.again(100, async () => {
          const opening = new BareClient(field.url, undefined, NEVER);
          const params = {
            protocolVersion: '2025-11-25',
            capabilities: {},
            clientInfo: { name: NEVER, version: '1' },
          };
          const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
          await field.send(opening, message, field.within(PATIENCE_MS));
        }),
        field.again(100, (n) =>
          field.send(client, client.callMessage(n, 'echo', { value: 'x' }), field.within(PATIENCE_MS)),
        ),
      ]);
    },
  },
];
