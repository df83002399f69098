/** Temporal is slow, full, emptied or lacks the namespace, or a worker has another version: bounded answers, clear logs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  BareClient,
  type Cluster,
  type RunningCommand,
  TestTemporal,
  runCommand,
  startCommand,
  until,
} from 'durable-mcp/testing';
import { findTemporalCommand } from '../../src/temporal/findServer';
import { startCluster } from '../fixtures/startCluster';
import { startLink } from '../fixtures/link';
import { runs } from '../fixtures/alwaysSuspending';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
const start = async (options: Parameters<typeof startCluster>[0] = {}): Promise<Cluster> => {
  const cluster = await startCluster({ nodes: 1, workers: 1, temporal: 'own', ...options });
  stops.push(() => cluster.stop());
  return cluster;
};

const unavailable = { error: { code: -32003 } };
const says = (command: RunningCommand, text: string) => until(() => command.output().includes(text));

async function echoes(client: BareClient, id: string): Promise<void> {
  const stream = await client.call(id, 'echo', { value: id });
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id, result: { content: [{ text: id }] } }]);
}

test('Temporal that does not move: 503 and a line in the log, and everything goes on when it does again', async () => {
  const cluster = await start();
  const client = await new BareClient(cluster.url).open();
  const open = await client.call('open', 'gated', { name: 'slow' });
  await until(() => cluster.ledger.find('slow started'));

  cluster.temporal.freeze();
  try {
    const initialize = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'b', version: '1' },
    };
    const refused = await Promise.all([
      client.post(client.callMessage('refused', 'echo', { value: 'refused' })),
      client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'none' } }),
      new BareClient(cluster.url).post({ jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(await Promise.all(refused.map((response) => response.json()))).toMatchObject(
      refused.map(() => unavailable),
    );
    await says(cluster.nodes[0]!, 'Temporal does not answer in time');
  } finally {
    cluster.temporal.thaw();
  }
  cluster.ledger.open('slow');
  await open.ended();
  expect(open.messages).toMatchObject([{ id: 'open', result: { content: [{ text: 'slow done' }] } }]);
  await echoes(client, 'refused');
});

test('Temporal with an empty database: sessions are gone, streams end, the log says why, new sessions work', async () => {
  const cluster = await start();
  const client = await new BareClient(cluster.url).open();
  const listener = await client.get();
  const open = await client.call('open', 'gated', { name: 'emptied' });
  await until(() => cluster.ledger.find('emptied started'));

  await cluster.temporal.kill();
  await cluster.temporal.restart({ empty: true });
  await Promise.all([listener.ended(), open.ended()]);
  expect(open.messages).toEqual([]);
  await says(cluster.nodes[0]!, 'Temporal has another database');
  const gone = await client.post(client.callMessage(2, 'echo', { value: 'gone' }));
  expect([gone.status, await gone.json()]).toMatchObject([404, { error: { code: -32001 } }]);
  await echoes(await new BareClient(cluster.url).open(), 'new');
});

test('Temporal without room on its disk: 503 and a line in the log', async () => {
  // A limit of pages makes SQLite report "database or disk is full", the same error as a full disk.
  const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-full-'));
  stops.push(() => rm(folder, { recursive: true }));
  const command = path.join(folder, 'temporal');
  const real = await findTemporalCommand(console.error);
  const script = `#!/bin/sh\nexec '${real}' "$@" --sqlite-pragma max_page_count=1200\n`;
  await writeFile(command, script, { mode: 0o755 });
  process.env.TEMPORAL_CLI = command;
  const temporal = await TestTemporal.start().finally(() => delete process.env.TEMPORAL_CLI);
  stops.push(() => temporal.remove());
  const cluster = await start({ temporal: temporal.address });
  const client = await new BareClient(cluster.url).open();
  await echoes(client, 'before');
  const padding = 'x'.repeat(900_000);
  const answers = await until(async () => {
    const response = await client.post({ jsonrpc: '2.0', id: 'nobody asked', result: { padding } });
    return response.status !== 202 && [response.status, await response.json()];
  });
  expect(answers).toMatchObject([503, unavailable]);
  await says(cluster.nodes[0]!, 'has room on its disk');
});

test('Temporal far away: a node that never saw a long session reads it for as long as it takes', async () => {
  const cluster = await start();
  const client = await new BareClient(cluster.url).open();
  const long = await client.call('long', 'ticks');
  await long.has(600);
  cluster.ledger.open('enough');
  await long.ended();
  const far = await startLink(cluster.address, { delayMs: 400 });
  stops.push(() => far.close());
  const args = ['--temporal', far.address, '--task-queue', cluster.taskQueue, '--port', '0'];
  const node = await startCommand(['http', 'test/fixtures/app.ts', ...args]);
  stops.push(() => node.kill());
  client.url = node.ready;
  await echoes(client, 'from afar');
});

test.each(['http', 'worker'])('%s of a namespace that does not exist says so at its start', async (role) => {
  const temporal = process.env.TEST_TEMPORAL!;
  const args = [role, 'test/fixtures/app.ts', '--temporal', temporal, '--namespace', 'nowhere'];
  const { code, output } = await runCommand(args);
  expect({ code, output }).toMatchObject({
    code: 1,
    output: expect.stringContaining(
      `durable-mcp: Temporal at ${temporal} has no namespace "nowhere"; create it`,
    ),
  });
});

describe('a node and a worker whose apps differ', () => {
  const pair = async (nodeApp: string, workerApp: string) => {
    const cluster = await start({ app: nodeApp, workers: 0, temporal: process.env.TEST_TEMPORAL! });
    const args = ['--temporal', cluster.address, '--task-queue', cluster.taskQueue];
    const worker = await startCommand(['worker', workerApp, ...args], { LEDGER: cluster.ledger.folder });
    stops.push(() => worker.kill());
    return { cluster, worker, client: await new BareClient(cluster.url).open() };
  };

  test('the worker lacks a tool: the call and the worker say so, and the session goes on', async () => {
    const { client, worker } = await pair('test/fixtures/newerApp.ts', 'test/fixtures/app.ts');
    const stream = await client.call(1, 'fresh');
    await stream.ended();
    expect(stream.messages).toMatchObject([{ id: 1, result: { isError: true } }]);
    expect(JSON.stringify(stream.messages)).toContain('Tool fresh not found');
    await says(worker, 'upgrade the worker');
    await echoes(client, 'next');
    await (await client.call(2, 'unheard-of')).ended();
    await echoes(client, 'last');
    expect(worker.output().match(/upgrade the worker/g)).toHaveLength(runs(1)); // not for `unheard-of`: no app has that tool
  });

  test('the node lacks a tool: it is not listed, and the node says that it is not there', async () => {
    const { client, cluster } = await pair('test/fixtures/app.ts', 'test/fixtures/newerApp.ts');
    expect(JSON.stringify(await client.ask('tools/list'))).not.toContain('"fresh"');
    const stream = await client.call(1, 'fresh');
    await stream.ended();
    expect(stream.text).toContain('Tool fresh not found');
    expect(cluster.ledger.count('fresh ran')).toBe(0);
  });
});
