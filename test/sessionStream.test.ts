/**
 * Specification 2025-11-25, transports, "Multiple Connections": a message of the session itself goes to one
 * of its open streams only.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

let calls = 0;

/** Lets the session send notifications; resolves when they are in its log. */
async function announce(client: BareClient, ...uris: string[]): Promise<void> {
  for (const uri of uris) await (await client.call(`announce ${calls++}`, 'announce', { uri })).ended();
}

const urisOf = ({ messages }: Recorded) =>
  messages.map((message) => ('method' in message && message.params?.uri) as string);

const heard = (stream: Recorded, ...uris: string[]) => until(() => urisOf(stream).join() === uris.join());

test('of two streams on two nodes the newest is told; when the client closes it, the one before', async () => {
  const [a, b] = await Promise.all(cluster.nodes.map(({ ready }) => clientOn(ready)));
  b!.sessionId = a!.sessionId;
  const first = await a!.get();
  await announce(b!, 'one');
  await heard(first, 'one');
  const second = await b!.get();
  await announce(a!, 'two');
  await heard(second, 'two');
  expect(first.closed).toBe(false);

  second.cut();
  // Until the log records the end of the second stream, messages are assigned to that stream.
  let n = 0;
  await until(async () => {
    await announce(b!, `three ${n++}`);
    return urisOf(first).length > 1;
  });
  // The client resumes the second stream. Each message was assigned to exactly one of the two streams.
  const rest = await a!.get(second.events.at(-1)!.id);
  await announce(a!, 'four');
  await heard(rest, ...Array.from({ length: n }, (_, i) => `three ${i}`).filter(notIn(first)), 'four');
  await announce(b!, 'five');
  await until(() => urisOf(rest).at(-1) === 'five');
  const three = urisOf(first).slice(1);
  expect(three).toEqual(Array.from({ length: three.length }, (_, i) => `three ${n - three.length + i}`));
  expect(urisOf(first)).not.toContain('two');
});

const notIn = (stream: Recorded) => (uri: string) => !urisOf(stream).includes(uri);

test('two streams opened at once on two nodes: each message goes to one of them, always the same', async () => {
  const [a, b] = await Promise.all(cluster.nodes.map(({ ready }) => clientOn(ready)));
  b!.sessionId = a!.sessionId;
  const both = await Promise.all([a!.get(), b!.get()]);
  const uris = ['one', 'two', 'three', 'four'];
  await announce(a!, ...uris);
  const told = await until(() => both.find((stream) => urisOf(stream).length === uris.length));
  expect(urisOf(told)).toEqual(uris);
  for (const client of [a!, b!]) await (await client.call(`seen ${client.url}`, 'who')).ended(); // both nodes have read the announcements
  expect(both.map((stream) => urisOf(stream).length).sort()).toEqual([0, uris.length]);
});

test('a stream that is gone on with elsewhere leaves its old connection, and loses and repeats nothing', async () => {
  const [a, b] = await Promise.all(cluster.nodes.map(({ ready }) => clientOn(ready)));
  b!.sessionId = a!.sessionId;
  const first = await a!.get();
  await announce(a!, 'one', 'two');
  await heard(first, 'one', 'two');
  const second = await b!.get(first.events[1]!.id);
  await first.ended();
  await announce(a!, 'three');
  await heard(second, 'two', 'three');
  second.cut();
  await announce(a!, 'four', 'five');
  const third = await a!.get(second.events.at(-1)!.id);
  await heard(third, 'four', 'five');
});

test('a stream is not told what was said to another', async () => {
  const client = await clientOn(cluster.url);
  const first = await client.get();
  await announce(client, 'one');
  await heard(first, 'one');
  const second = await client.get();
  await announce(client, 'two');
  await heard(second, 'two');
  const again = await client.get(first.events.at(-1)!.id);
  await announce(client, 'three');
  await heard(again, 'three');
});

test('what was said before anybody listened goes to the first who does, and to nobody else', async () => {
  const client = await clientOn(cluster.nodes[0]!.ready);
  await announce(client, 'early', 'earlier than any GET');
  client.url = cluster.nodes[1]!.ready;
  const first = await client.get();
  await heard(first, 'early', 'earlier than any GET');
  const second = await client.get();
  await announce(client, 'two');
  await heard(second, 'two');
  const again = await client.get(first.events[0]!.id);
  await heard(again, 'early', 'earlier than any GET');
});

test("another session's event id leaves no mark: who listened is still told", async () => {
  const [owner, stranger] = await Promise.all([clientOn(cluster.url), clientOn(cluster.url)]);
  const [stream, other] = await Promise.all([owner.get(), stranger.get()]);
  await Promise.all([stream.has(1), other.has(1)]);
  expect((await stranger.get(stream.events[0]!.id)).response.status).toBe(400);
  await announce(stranger, 'still here');
  await heard(other, 'still here');
});

const clientOn = (url: string) => new BareClient(url).open();
