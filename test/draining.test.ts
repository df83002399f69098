/**
 * SIGTERM to a node or a worker: work in progress ends there or continues elsewhere; new calls and
 * connections go to others.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until, type RunningCommand } from 'durable-mcp/testing';
import { RawConnection } from './fixtures/rawConnection';
import { startCluster } from './fixtures/startCluster';
import { runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1, temporal: 'own' });
});
afterAll(() => cluster.stop());

/** Resolves when the node has begun to stop, and so accepts no more connections. */
const stopsListening = (node: RunningCommand) =>
  until(() =>
    fetch(new URL('/health', node.ready)).then(
      () => false,
      () => true,
    ),
  );

test('a node that stops tells its streams to reconnect, and any other has the rest', async () => {
  const node = await cluster.startNode();
  const client = await new BareClient(node.ready).open();
  const listener = await client.get();
  const stream = await client.call(1, 'gated', { name: 'moved' });
  await until(() => cluster.ledger.find('moved started'));

  await node.stop();
  expect(await node.exited).toBe(0);
  await Promise.all([stream.ended(), listener.ended()]);
  expect([stream.retries, listener.retries]).toEqual([[2_000], [2_000]]);

  cluster.ledger.open('moved');
  client.url = cluster.nodes[0]!.ready;
  const rest = await client.get(stream.events[0]!.id);
  await rest.ended();
  expect(rest.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'moved done' }] } }]);
  expect(cluster.ledger.count('moved started')).toBe(runs(1));
});

test('what comes to a stopping node on an open connection is answered, and the connection closed; health says 503', async () => {
  const other = await startCluster({
    nodes: 1,
    workers: 1,
    nodeArgs: ['--json-responses'],
    temporal: cluster.address,
  });
  try {
    const [node] = other.nodes;
    const client = await new BareClient(node!.ready).open();
    const [asking, checking] = [await RawConnection.open(node!.ready), await RawConnection.open(node!.ready)];
    for (const [connection, name] of [[asking, 'asking'] as const, [checking, 'checking'] as const]) {
      connection.post(client, client.callMessage(name, 'gated', { name }));
      await until(() => other.ledger.find(`${name} started`));
    }
    const stopped = node!.stop();
    await stopsListening(node!);
    asking.post(client, client.callMessage('late', 'echo', { value: 'late' }));
    checking.get('/health');
    other.ledger.open('asking');
    other.ledger.open('checking');

    expect(await asking.has('"late"')).toMatch(
      / 200 OK[^]*asking done[^]* 200 OK[^]*Connection: close[^]*late/,
    );
    expect(await checking.has('"stopping"')).toMatch(
      / 200 OK[^]*checking done[^]* 503 [^]*Connection: close/,
    );
    await until(() => asking.closed && checking.closed);
    await stopped;
    expect(await node!.exited).toBe(0);
  } finally {
    await other.stop();
  }
});

test('a request that a node has taken but not answered when it stops gets its stream, and is told to reconnect', async () => {
  const node = await cluster.startNode();
  const client = await new BareClient(node.ready).open();
  await client.ask('ping');
  const connection = await RawConnection.open(node.ready);
  cluster.temporal.freeze();
  try {
    await connection.postAnnounced(client, client.callMessage(1, 'gated', { name: 'taken' }));
    void node.stop();
    await stopsListening(node);
  } finally {
    cluster.temporal.thaw();
  }
  const head = await connection.has('retry: 2000\n\n');
  expect(await node.exited).toBe(0);
  cluster.ledger.open('taken'); // not before: an answer that has come is sent instead
  client.url = cluster.nodes[0]!.ready;
  const rest = await client.get(/^id: (.+)$/m.exec(head)?.[1]);
  await rest.ended();
  expect(rest.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'taken done' }] } }]);
  expect(cluster.ledger.count('taken started')).toBe(runs(1));
});

test('a worker that stops ends its running call, and leaves new ones to others', async () => {
  const client = await new BareClient(cluster.url).open();
  const [first] = cluster.workers.splice(0);
  const stream = await client.call(1, 'gated', { name: 'grace' });
  await until(() => cluster.ledger.find('grace started'));
  const second = await cluster.startWorker();

  const stopped = first!.stop();
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  await until(async () => {
    // The worker handles SIGTERM with a delay, and its open polls may still receive tasks: the first calls may go to it.
    const name = names.shift();
    if (name === undefined) throw new Error('The stopping worker takes calls.');
    cluster.ledger.open(name);
    await (await client.call(name, 'gated', { name })).ended();
    return cluster.ledger.find(`${name} started`)?.pid === second.pid && names.length === 0;
  });
  cluster.ledger.open('grace');
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'grace done' }] } }]);
  await stopped;
  expect(await first!.exited).toBe(0);
  expect(cluster.ledger.count('grace started')).toBe(runs(1));
  expect(cluster.ledger.find('grace ended')?.pid).toBe(first!.pid);
});

test('after its grace a call goes on elsewhere if it may run again, and is lost if it may not', async () => {
  const client = await new BareClient(cluster.url).open();
  const [first] = cluster.workers.splice(0);
  const again = await client.call('again', 'gated', { name: 'again' });
  const once = await client.call('once', 'gated-once', { name: 'once' });
  await until(() => cluster.ledger.find('again started') && cluster.ledger.find('once started'));
  const second = await cluster.startWorker();

  await first!.stop();
  expect(await first!.exited).toBe(0);
  await until(() => cluster.ledger.find('again started attempt 2'));
  cluster.ledger.open('again');
  cluster.ledger.open('once');
  await Promise.all([again.ended(), once.ended()]);
  expect(again.messages).toMatchObject([{ id: 'again', result: { content: [{ text: 'again done' }] } }]);
  expect(cluster.ledger.find('again started attempt 2')?.pid).toBe(second.pid);
  expect(once.messages).toMatchObject([{ id: 'once', result: { isError: true } }]);
  expect(cluster.ledger.count('once started')).toBe(1);
});
