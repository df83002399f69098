/**
 * A request repeats an id of its session long after the answer: the client lost the answer, or it continues a stored
 * session and counts from 0 again. Repeats soon after the answer: `repeatedRequest.test.ts`.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, Recorded, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';
import { runs } from '../fixtures/alwaysSuspending';

/** A repeated request joins its call until one minute after the answer, by the log's times; plus a margin. */
const SOON_MS = 60_000 + 3_000;

let streams: Cluster;
let bodies: Cluster;
beforeAll(async () => {
  streams = await startCluster({ nodes: 1, workers: 1 });
  bodies = await startCluster({ nodes: 2, workers: 1, nodeArgs: ['--json-responses'] });
});
afterAll(() => Promise.all([streams.stop(), bodies.stop()]));

/** Calls a tool and closes the connection before the answer; resolves when the answer is in the log. */
async function leave(cluster: Cluster, client: BareClient, name: string): Promise<void> {
  const abort = new AbortController();
  const left = client.post(client.callMessage(name, 'gated', { name }), {}, abort.signal);
  const gone = left.then((response) => response.text()).catch(() => 'gone');
  await until(() => cluster.ledger.find(`${name} started`));
  abort.abort();
  expect(await gone).toBe('gone');
  await client.post({ jsonrpc: '2.0', id: 'ping', method: 'ping' }); // by then, the node has noticed the closed connection
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
  expect(await (await again(elsewhere, 'lost')).json()).toMatchObject({ id: 'lost' }); // soon after the answer, any node lets the request join
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
  expect((await again(client, 0)).status).toBe(400); // the refusal does not count as a new answer
  const named = await again(client, 0, { 'last-event-id': first.events[0]!.id! });
  expect(await named.text()).toContain('worked at attempt');
  expect(await (await again(client, 'unread')).text()).toContain('unread done');
  const joined = await client.call('running', 'gated', { name: 'running' });
  streams.ledger.open('running');
  await joined.ended();
  expect(joined.text).toBe('running done');
  await running.ended();
  expect(streams.ledger.count('running started')).toBe(runs(1));

  // Refused: the answer was already sent by another node, or this node cannot know that the answer was never read.
  expect((await again(one!, 'lost')).status).toBe(400);
  expect((await again(elsewhere, 'waiting')).status).toBe(400);
  expect(await (await again(one!, 'kept')).json()).toMatchObject({
    id: 'kept',
    result: { content: [{ text: 'kept done' }] },
  });
}, 200_000);
