/**
 * A client's name and messages are shown to operators as plain text: no terminal, editor or page interprets
 * them.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { BareClient, type Cluster, runCommand, waitUntilIdle } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
});
afterAll(() => cluster.stop());

const NAME =
  'x`](http://evil.example) ![seen](http://evil.example/seen.png) <b>**bold** \u001b[31m\u202edet\u2066\u0085\u2028\u{e0041}';

test('Temporal’s UI shows the words of a client as code, which no word of theirs ends', async () => {
  const client = await new BareClient(cluster.url, undefined, NAME).open();
  const stream = await client.call(1, NAME);
  await stream.ended();
  await client.ask('resources/subscribe', { uri: `info://${NAME}` });
  const echoed = await client.call(`${NAME} 2`, 'echo', { value: 'x' });
  await echoed.ended();
  const handle = await cluster.workflowOf(client.sessionId);
  const { events } = await waitUntilIdle(handle);
  const summaries = events.flatMap(({ userMetadata }) =>
    userMetadata?.summary ? [defaultPayloadConverter.fromPayload<string>(userMetadata.summary)] : [],
  );
  expect(summaries.length).toBeGreaterThan(1);
  for (const summary of summaries) {
    expect(summary).toMatch(/^[^`]*`[^`]+`[^`]*$/);
    expect(summary.replace(/`[^`]+`/, '')).not.toMatch(/evil|bold|seen/);
    expect(summary).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  }
});

test('sessions export prints JSON that says the same, without a character that is obeyed', async () => {
  const client = await new BareClient(cluster.url, undefined, NAME).open();
  const stream = await client.call(1, 'echo', { value: NAME });
  await stream.ended();
  const { code, output } = await runCommand([
    'sessions',
    'export',
    client.sessionId,
    '--temporal',
    cluster.address,
  ]);
  expect(code).toBe(0);
  expect(output.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { message: unknown });
  expect(lines[0]?.message).toMatchObject({ params: { clientInfo: { name: NAME } } });
  expect(lines.at(-1)?.message).toMatchObject({ result: { content: [{ text: NAME }] } });
});
