/**
 * A request under an id that its session has had, long after the answer: of a client that lost it, or of one that took a stored session up
 * and counts from 0 again. Soon after: `repeatedRequest.test.ts`.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, Recorded, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';
import { runs } from '../fixtures/alwaysSuspending';

/** After an answer, by the log's times, until which its request is joined; and a little. */
const SOON_MS = 60_000 + 3_000;

let streams: Cluster;
let bodies: Cluster;
beforeAll(async () => {
  streams = await startCluster({ nodes: 1, workers: 1 });
  bodies = await startCluster({ nodes: 2, workers: 1, nodeArgs: ['--json-responses'] });
});
afterAll(() => Promise.all([streams.stop(), bodies.stop()]));

/** Asks, leaves before the answer, and resolves when the answer is in the log. */
async function leave(cluster: Cluster, client: BareClient, name: string): Promise<void> {
  const abort = new AbortController();
  const left = client.post(client.callMessage(name, 'gated', { name }), {}, abort.signal);
  const gone = left.then((response) => response.text()).catch(() => 'gone');
  await until(() => cluster.ledger.find(`${name} started`));
  abort.abort();
  expect(await gone).toBe('gone');
  await client.post({ jsonrpc: '2.0', id: 'ping', method: 'ping' }); // by then the node knows it has gone
  cluster.ledger.open(name);
  await until(async () => (await cluster.stateOf(client.sessionId)).callsInFlight.length === 0);
}

const again = (client: BareClient, id: string | number, headers = {}) =>
  client.post(client.callMessage(id, typeof id === 'string' ? 'gated' : 'flaky', argsOf(id)), headers);
const argsOf = (id: string | number) => (typeof id === 'string' ? { name: id } : { failures: 0 });

test('a new request under an old id gets no old answer, but is told what to do; a lost answer can be had', async () => {
  const client = await new BareClient(streams.url).open();
  const first = new Recorded(await again(client, 0), new AbortController());
  await first.ended();
  await leave(streams, client, 'unread');
  const running = await client.call('running', 'gated', { name: 'running' });
  await until(() => streams.ledger.find('running started'));

  const [one, other] = await Promise.all(bodies.nodes.map(({ ready }) => new BareClient(ready).open()));
  const elsewhere = new BareClient(other!.url);
  elsewhere.sessionId = one!.sessionId;
  await leave(bodies, one!, 'lost');
  expect(await (await again(elsewhere, 'lost')).json()).toMatchObject({ id: 'lost' }); // soon after, anywhere
  await leave(bodies, one!, 'waiting');
  await leave(bodies, one!, 'kept');
  const answeredAt = performance.now();

  await until(() => performance.now() - answeredAt > SOON_MS, SOON_MS * 2);
  const refused = await again(client, 0);
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    id: 0,
    error: { code: -32600, message: expect.stringMatching(/id was used.*open a new session.*Last-Event-ID/) },
  });
  expect((await again(client, 0)).status).toBe(400); // to be refused is not to be answered
  const named = await again(client, 0, { 'last-event-id': first.events[0]!.id! });
  expect(await named.text()).toContain('worked at attempt');
  expect(await (await again(client, 'unread')).text()).toContain('unread done');
  const joined = await client.call('running', 'gated', { name: 'running' });
  streams.ledger.open('running');
  await joined.ended();
  expect(joined.text).toBe('running done');
  await running.ended();
  expect(streams.ledger.count('running started')).toBe(runs(1));

  // Another node has sent it, and a node that did not hold the request cannot know that nobody has read it.
  expect((await again(one!, 'lost')).status).toBe(400);
  expect((await again(elsewhere, 'waiting')).status).toBe(400);
  expect(await (await again(one!, 'kept')).json()).toMatchObject({
    id: 'kept',
    result: { content: [{ text: 'kept done' }] },
  });
}, 200_000);
