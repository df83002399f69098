/**
 * MCP from workflows of a user: calls survive the death of the user's worker and of the server's nodes, with
 * one effect, or say that their outcome is unknown.
 */
import { randomUUID } from 'node:crypto';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { startCommand, until, type Cluster, type RunningCommand } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { startPlainServer, type PlainServer } from './fixtures/workflowClient/plainServer';
import type * as workflows from './fixtures/workflowClient/workflows';

const FIXTURES = path.join(__dirname, 'fixtures/workflowClient');
const taskQueue = `user-${randomUUID()}`;

let cluster: Cluster;
let plain: PlainServer;
let resumable: PlainServer;
let folder: string;
let connection: Connection;
let client: Client;
const workers: RunningCommand[] = [];
const started: RunningCommand[] = [];
const histories: WorkflowHandle[] = [];

const logger = new DefaultLogger('ERROR');
const bundlePath = () => path.join(folder, 'workflows.js');

beforeAll(async () => {
  Runtime.install({ logger });
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-user-'));
  const [shop, { code }] = await Promise.all([
    startCluster({ app: path.join(FIXTURES, 'app.ts'), nodes: 1, workers: 1 }),
    bundleWorkflowCode({ workflowsPath: path.join(FIXTURES, 'workflows.ts'), logger }),
  ]);
  cluster = shop;
  await writeFile(bundlePath(), code);
  [plain, resumable] = await Promise.all([
    startPlainServer(cluster.ledger, false),
    startPlainServer(cluster.ledger, true),
  ]);
  connection = await Connection.connect({ address: cluster.address });
  client = new Client({ connection });
  await startWorker();
});
afterEach(async () => {
  if (workers.length === 0) await startWorker();
});
afterAll(async () => {
  await Promise.all(started.map((worker) => worker.kill()));
  await Promise.all([plain.stop(), resumable.stop(), connection.close()]);
  await cluster.stop();
  await rm(folder, { recursive: true });
});

async function startWorker(): Promise<RunningCommand> {
  const servers = { shop: cluster.url, plain: plain.url, resumable: resumable.url };
  const env = {
    ADDRESS: cluster.address,
    QUEUE: taskQueue,
    BUNDLE: bundlePath(),
    SERVERS: JSON.stringify(servers),
    LEDGER: cluster.ledger.folder,
  };
  const worker = await startCommand([], env, path.join(FIXTURES, 'worker.cjs'));
  workers.push(worker);
  started.push(worker);
  return worker;
}

const killWorkers = () => Promise.all(workers.splice(0).map((worker) => worker.kill()));

async function start<Name extends keyof typeof workflows>(
  name: Name,
  ...args: unknown[]
): Promise<WorkflowHandle> {
  const handle = await client.workflow.start(name, { taskQueue, workflowId: randomUUID(), args });
  histories.push(handle);
  return handle;
}

const chargedIn = (name: string) => until(() => cluster.ledger.count(`charged ${name}`) > 0);

/** What the worker's clients have sent, by the beginning of the line. */
const sent = (prefix: string) =>
  cluster.ledger.entries().flatMap(({ what }) => (what.startsWith(prefix) ? [what] : []));

/** The heartbeat that the next attempt will get. */
async function heartbeatOf(handle: WorkflowHandle): Promise<{ lastEventId?: string } | undefined> {
  const { raw } = await handle.describe();
  const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
  return payload && defaultPayloadConverter.fromPayload(payload);
}

test('tools, resources, prompts and both adapters', async () => {
  const handle = await start('tour');
  expect(await handle.result()).toEqual({
    tools: ['echo', 'who', 'fails', 'pay', 'order'],
    echo: 'hello',
    isError: true,
    stock: '7',
    resources: ['shop://stock'],
    prompts: ['greet'],
    greeting: 'Hello',
    unknown: { type: 'McpError', details: { code: -32602 } },
    byAiSdk: 'by the AI SDK',
    listed: 5,
    byAgents: 'by Agents',
    joins: 1000,
  });
  expect(sent('DELETE')).toHaveLength(1);
});

test('calls that begin at once open one session', async () => {
  const before = sent('POST initialize').length;
  const sessions = (await (await start('crowd')).result()) as string[];
  expect(new Set(sessions).size).toBe(1);
  expect(sent('POST initialize')).toHaveLength(before + 1);
});

test('another worker takes over the call of one that was killed', async () => {
  const handle = await start('pay', 'shop', 'killed');
  await chargedIn('killed');
  await killWorkers();
  await startWorker();
  cluster.ledger.open('killed');
  expect(await handle.result()).toBe('paid killed');
  expect(cluster.ledger.count('charged killed')).toBe(1);
});

test('a call whose worker died before it knew an event joins by the same bytes', async () => {
  const handle = await start('pay', 'shop', 'joined');
  await chargedIn('joined');
  await killWorkers();
  await startWorker();
  cluster.ledger.open('joined');
  expect(await handle.result()).toBe('paid joined');
  const posts = sent('POST tools/call pay').filter((line) => line.includes('joined'));
  expect(new Set(posts).size).toBe(1);
});

test('a call survives its node', async () => {
  const handle = await start('pay', 'shop', 'node');
  await chargedIn('node');
  const [mine] = cluster.nodes.splice(0);
  await cluster.startNode();
  await mine!.kill();
  cluster.ledger.open('node');
  expect(await handle.result()).toBe('paid node');
  expect(cluster.ledger.count('charged node')).toBe(1);
});

test('questions are answered by signals, also after the worker was killed', async () => {
  const handle = await start('order');
  const questions = () => handle.query<string[]>('asked');
  await until(async () => (await questions()).length === 1);
  await killWorkers();
  await startWorker();
  await handle.signal('tipped', 5);
  await until(async () => (await questions()).length === 2);
  await handle.signal('tipped', 6);
  expect(await handle.result()).toBe('[5,6]');
  expect(await questions()).toEqual(['Tip?', 'Size?']);
  expect(cluster.ledger.count('charged order')).toBe(1);
});

test('a run that is continued as new keeps the session', async () => {
  const before = sent('POST initialize').length;
  const [first, second] = (await (await start('twoRuns')).result()) as string[];
  expect(second).toBe(first);
  expect(sent('POST initialize')).toHaveLength(before + 1);
});

test('the cancellation of a workflow reaches the server', async () => {
  const handle = await start('pay', 'shop', 'cancelled');
  await chargedIn('cancelled');
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  await until(() => cluster.ledger.count('cancelled cancelled') === 1);
});

test('the cancellation of a call that waits for an answer reaches the server', async () => {
  const before = sent('POST notifications/cancelled').length;
  expect(await (await start('impatientOrder')).result()).toContain('CancelledFailure');
  expect(sent('POST notifications/cancelled')).toHaveLength(before + 1);
});

test('a lost session is opened again, what had not run goes on, and activities share connections', async () => {
  const before = plain.connections();
  const handle = await start('payTwice', 'plain', 'one', 'two');
  await until(() => plain.effects.includes('one'));
  plain.forget();
  cluster.ledger.open('one');
  cluster.ledger.open('two');
  expect(await handle.result()).toEqual(['paid one', 'paid two']);
  // Of seven requests: one connection for those that may take long, one for the others.
  expect(plain.connections() - before).toBeLessThanOrEqual(2);
});

test('a server that does not join: the outcome is unknown, after one effect', async () => {
  const handle = await start('pay', 'plain', 'unknown');
  await until(() => plain.effects.includes('unknown'));
  await killWorkers();
  await startWorker();
  expect(await handle.result()).toMatchObject({ type: 'OutcomeUnknown', details: { phase: 'maybe' } });
  cluster.ledger.open('unknown');
  expect(plain.effects.filter((name) => name === 'unknown')).toHaveLength(1);
});

test('a server that does not join: what is idempotent runs again', async () => {
  const handle = await start('pay', 'plain', 'again', true);
  await until(() => plain.effects.includes('again'));
  await killWorkers();
  await startWorker();
  cluster.ledger.open('again');
  expect(await handle.result()).toBe('paid again');
  expect(plain.effects.filter((name) => name === 'again')).toHaveLength(2);
});

test('a server that does not join, but resumes streams: the next worker reads on', async () => {
  const handle = await start('pay', 'resumable', 'resumed');
  await until(() => resumable.effects.includes('resumed'));
  await until(async () => (await heartbeatOf(handle))?.lastEventId !== undefined);
  await killWorkers();
  await startWorker();
  cluster.ledger.open('resumed');
  expect(await handle.result()).toBe('paid resumed');
  expect(resumable.effects).toEqual(['resumed']);
});

test('a session that is lost while its call may have run', async () => {
  const handle = await start('payTwice', 'resumable', 'gone', 'after');
  await until(() => resumable.effects.includes('gone'));
  await until(async () => (await heartbeatOf(handle))?.lastEventId !== undefined);
  await killWorkers();
  resumable.forget();
  await startWorker();
  cluster.ledger.open('gone');
  cluster.ledger.open('after');
  const [first, second] = (await handle.result()) as unknown[];
  expect(first).toMatchObject({ type: 'SessionLost', details: { phase: 'maybe' } });
  expect(second).toBe('paid after');
  expect(resumable.effects.filter((name) => name === 'gone')).toHaveLength(1);
});

test('all these histories replay', async () => {
  for (const handle of histories) {
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath: bundlePath() } }, history, handle.workflowId);
  }
});
