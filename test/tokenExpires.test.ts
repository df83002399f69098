/** A stream closes when its token expires, and can be resumed without loss. A call that needs more scopes runs once. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from 'durable-mcp/testing';
import { startGuarded, type Guarded } from './fixtures/guarded';
import { seconds } from './fixtures/issuer';

let guarded: Guarded;
beforeAll(async () => {
  guarded = await startGuarded(2, 1, ['--auth-implies', 'admin=pay']);
});
afterAll(() => guarded.stop());

/** Expired 26 s ago, and so accepted for 4 s more, by the clock tolerance of 30 s. */
const soonOver = () => ({ exp: seconds(-26) });

test('a stream closes when its token expires, and goes on with a new one where it was, at another node', async () => {
  const { cluster, token } = guarded;
  const client = await guarded.open(soonOver());
  const stream = await client.call('long', 'count', { to: 3 });
  cluster.ledger.open('count-1');
  await until(() => stream.messages.length >= 2);
  await stream.ended();
  expect(stream.retries.length).toBeGreaterThan(0);
  const last = stream.events.at(-1)!.id!;
  expect((await client.get(last)).response.status).toBe(401);

  client.token = token();
  client.url = cluster.nodes[1]!.ready;
  const rest = await client.get(last);
  cluster.ledger.open('count-2');
  cluster.ledger.open('count-3');
  await rest.ended();
  const progress = [...stream.messages, ...rest.messages].flatMap((message) =>
    'method' in message ? [message.params?.progress] : [],
  );
  expect(progress).toEqual([1, 2, 3]);
  expect(rest.text).toBe('counted to 3');
});

test('the stream of the session itself closes as well', async () => {
  const client = await guarded.open(soonOver());
  const stream = await client.get();
  expect(stream.response.status).toBe(200);
  await stream.ended();
});

test('a call without its scopes is refused before anything is written, and runs once when they are there', async () => {
  const { cluster, token } = guarded;
  const client = await guarded.open({ scope: 'read' });
  const message = client.callMessage('pay', 'pay');
  const refused = await client.post(message);
  expect(refused.status).toBe(403);
  expect(refused.headers.get('www-authenticate')).toContain('scope="read pay"');
  const { error } = (await refused.json()) as { error: { message: string } };
  expect(error.message).toBe('The tool pay needs the scope pay; get a token with the scopes read pay.');
  const history = await (await cluster.workflowOf(client.sessionId)).fetchHistory();
  expect(JSON.stringify(history)).not.toContain('"pay"');

  client.token = token({ scope: 'read pay' });
  const stream = await client.call('pay', 'pay');
  await stream.ended();
  expect(stream.text).toBe('paid');
  const again = await client.call('pay', 'pay');
  await again.ended();
  expect(cluster.ledger.count('paid')).toBe(1);
});

test('a tool of the node is refused likewise, a broader scope suffices, and a hidden tool is not listed', async () => {
  const { token } = guarded;
  const client = await guarded.open({ scope: 'other' });
  expect((await client.post(client.callMessage('q', 'quote'))).status).toBe(403);
  const names = async () => {
    const { result } = (await client.ask('tools/list')) as unknown as {
      result: { tools: { name: string }[] };
    };
    return result.tools.map(({ name }) => name);
  };
  expect(await names()).toContain('pay');
  expect(await names()).not.toContain('secret');
  expect((await client.post(client.callMessage('s', 'secret'))).status).toBe(403);
  client.token = token({ scope: 'admin' });
  expect(await names()).toContain('secret');
  expect((await client.post(client.callMessage('q', 'quote'))).status).toBe(403);
  expect((await client.post(client.callMessage('p', 'pay'))).status).toBe(200);
});

test('what cannot be resumed is cut: a call that the node runs, and a JSON answer', async () => {
  const { cluster, token } = guarded;
  await cluster.startNode('0', [...guarded.nodeArgs, '--json-responses']);
  const inNode = await guarded.open(soonOver());
  const inJson = await guarded.open(soonOver(), 2);
  const message = inJson.callMessage('json', 'count', { to: 4 });
  const cut = inJson.post(message).then(
    (response) => response.text(),
    () => 'cut',
  );
  const stream = await inNode.call('wait', 'wait_in_node');
  await stream.ended();
  expect(stream.messages).toEqual([]);
  expect(await cut).toBe('cut');
  cluster.ledger.open('count-4');
  inJson.token = token();
  expect(await (await inJson.post(message)).text()).toContain('counted to 4'); // the repeated request joins its call
});

test('the scopes of a tool count also while the session changes', async () => {
  const client = await guarded.open({ scope: 'other' });
  let isOver = false;
  const changing = [0, 1].map(async (writer) => {
    for (let i = 0; !isOver; i++)
      await (await client.call(`${writer} ${i}`, 'remember', { value: i })).ended();
  });
  const statuses = new Set<number>();
  await Promise.all(
    Array.from({ length: 3 }, async (_, caller) => {
      for (let i = 0; i < 100; i++) {
        const response = await client.post(client.callMessage(`secret ${caller} ${i}`, 'secret'));
        statuses.add(response.status);
        await response.text();
      }
    }),
  );
  isOver = true;
  await Promise.all(changing);
  expect([...statuses]).toEqual([403]);
});
