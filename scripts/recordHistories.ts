/**
 * Records the histories of this version's sessions into test/histories/VERSION: `npx tsx
 * scripts/recordHistories.ts`, after `npm run build`. Later versions replay them (test/replay.test.ts). Run
 * once for each release that changes what sessions write; the recordings of earlier releases stay unchanged.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Client, Connection } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import { BareClient, Cluster, TestTemporal, until } from 'durable-mcp/testing';
import { findTemporalCommand } from '../src/temporal/findServer';
import { version } from '../package.json';
import { HISTORIES, asJson, eventsOf } from '../test/fixtures/histories';
import { ROOT } from '../test/fixtures/root';

/**
 * A low limit, so that a session continues as new while its history is still small enough for the repository.
 */
const NEXT_RUN_EVENTS = 150;
const folder = path.join(HISTORIES, version);
const elicits = { elicitation: {} };
let temporal: Client;

async function main(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const server = await startTemporal();
  const connection = await Connection.connect({ address: server.address });
  temporal = new Client({ connection });
  try {
    const here = { temporal: server.address, nodes: 1, workers: 1 };
    const fixture = (name: string) => path.join(ROOT, 'test/fixtures', `${name}.ts`);
    await during({ ...here, app: fixture('app') }, recordCalls, recordSteps, recordStreams);
    await during({ ...here, app: fixture('quickApp') }, recordInline);
    const workerArgs = ['--suspend-after', '500ms'];
    await during({ ...here, app: fixture('askingApp'), workerArgs }, recordAsking, recordNextRun);
    const nodeArgs = ['--idle-ttl', '6s'];
    await during({ ...here, app: fixture('sharedApp'), nodeArgs }, recordShared);
  } finally {
    await connection.close();
    await server.remove();
  }
}

/** Starts Temporal through a wrapper script, since the product has no option for this server setting. */
async function startTemporal(): Promise<TestTemporal> {
  const own = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-'));
  const command = path.join(own, 'temporal');
  const setting = `limit.historyCount.suggestContinueAsNew=${NEXT_RUN_EVENTS}`;
  const real = await findTemporalCommand(console.error);
  await writeFile(command, `#!/bin/sh\nexec '${real}' "$@" --dynamic-config-value ${setting}\n`);
  await chmod(command, 0o755);
  process.env.TEMPORAL_CLI = command;
  try {
    return await TestTemporal.start();
  } finally {
    await rm(own, { recursive: true });
  }
}

async function during(
  options: Parameters<typeof Cluster.start>[0],
  ...record: ((cluster: Cluster) => Promise<void>)[]
): Promise<void> {
  const cluster = await Cluster.start(options);
  try {
    for (const each of record) await each(cluster);
  } finally {
    await cluster.stop();
  }
}

async function recordCalls({ url, ledger }: Cluster): Promise<void> {
  const client = await new BareClient(url).open();
  await ended(client, 'count', 'count', { to: 2 });
  await ended(client, 'count', 'count', { to: 2 }); // the same request again
  await ended(client, 'count', 'count', { to: 3 }); // another request with the same id, which is refused
  await ended(client, 'flaky', 'flaky', { failures: 1 });
  await ended(client, 'final', 'final');
  await ended(client, 'brief', 'gated-briefly', { name: 'never' });
  await client.ask('prompts/get', { name: 'greet', arguments: { name: 'Ada' } });
  await client.ask('resources/read', { uri: 'info://session' });
  await client.ask('logging/setLevel', { level: 'error' });
  await ended(client, 'quiet', 'count', { to: 1 });
  const cancelled = await client.call('cancelled', 'gated', { name: 'cancelled' });
  await until(() => ledger.find('cancelled started'));
  const params = { requestId: 'cancelled' };
  await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
  await cancelled.ended();
  await store('calls', client);
}

async function recordInline({ url, ledger }: Cluster): Promise<void> {
  const client = await new BareClient(url).open();
  await ended(client, 'echo', 'echo', { value: 'quick' });
  await ended(client, 'uses', 'uses', { what: 'a claimed step' });
  await ended(client, 'flaky', 'flaky', { failures: 2, afterMs: 0 });
  await ended(client, 'hangs', 'hangs');
  const says = await client.call('says', 'says', { name: 'said' });
  await until(() => says.messages.length === 1);
  ledger.open('said');
  await says.ended();
  await store('inline', client);
}

async function recordSteps(cluster: Cluster): Promise<void> {
  const { ledger } = cluster;
  const client = await new BareClient(cluster.url).open();
  const kept = await client.call('kept', 'step-at-least-once');
  ledger.open('in-step');
  await until(() => ledger.find('after step'));
  await anotherWorker(cluster);
  ledger.open('after-step');
  await kept.ended();
  await ended(client, 'keyed', 'steps-keyed');
  const refused = await client.call('refused', 'claims-late');
  const lost = await client.call('lost', 'gated-once', { name: 'lost' });
  await until(() => ledger.find('lost started') && ledger.find('attempt 1 before its claim'));
  ledger.open('claim-first');
  await until(() => ledger.find('charged'));
  await refused.ended();
  await anotherWorker(cluster);
  await lost.ended();
  await ended(client, 'failed', 'step-recorded-failure');
  await store('steps', client);
}

async function recordStreams({ url }: Cluster): Promise<void> {
  const client = await new BareClient(url).open();
  await ended(client, 'unheard', 'announce', { uri: 'a://1' });
  const first = await client.get();
  const second = await client.get();
  await ended(client, 'heard', 'announce', { uri: 'a://2' });
  await second.has(2);
  second.cut();
  await until(async () => JSON.stringify(await historyOf(client)).includes('"leave"'));
  await ended(client, 'heard by the first', 'announce', { uri: 'a://3' });
  await first.has(3);
  await store('streams', client);
}

async function recordAsking(cluster: Cluster): Promise<void> {
  const client = await new BareClient(cluster.url).open(elicits);
  cluster.ledger.open('answered');
  const order = await client.call('order', 'order');
  const asked = await order.asked();
  await suspended(cluster, client);
  await client.answer(asked, { action: 'accept', content: { tip: 3 } });
  await order.ended();
  await ended(client, 'nap', 'nap', { duration: '2s' });
  await ended(client, 'keep', 'keep', { key: 'admin', value: true });
  await ended(client, 'drop', 'drop', { key: 'admin' });
  await client.ask('prompts/get', { name: 'welcome' });
  await store('asking', client);
}

/**
 * Records a session that continues as new while a call is suspended, so that the next run receives everything
 * that a run can pass on.
 */
async function recordNextRun(cluster: Cluster): Promise<void> {
  const client = await new BareClient(cluster.url).open(elicits);
  await ended(client, 'keep', 'keep', { key: 'colour', value: 'red' });
  await client.get();
  const order = await client.call('order', 'order');
  const asked = await order.asked();
  await suspended(cluster, client);
  const before = await cluster.runOf(client.sessionId);
  await until(async () => {
    await client.post({ jsonrpc: '2.0', method: 'notifications/padding' });
    return (await cluster.runOf(client.sessionId)) !== before;
  });
  await client.answer(asked, { action: 'accept', content: { tip: 3 } });
  await order.ended();
  await ended(client, 'keep', 'keep', { key: 'colour', value: 'red' });
  await ended(client, 'recall', 'recall');
  await store('next-run', client);
}

/**
 * Records a session that ends by its idle time, and the workflows of the resource and the map that it used.
 */
async function recordShared(cluster: Cluster): Promise<void> {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.get();
  await client.ask('resources/subscribe', { uri: 'board://one' });
  await ended(client, 'update', 'update', { uri: 'board://one' });
  await stream.has(2);
  const map = { map: 'shop', key: 'ada' };
  await ended(client, 'insert', 'insert', { ...map, value: { cups: 2 } });
  await ended(client, 'get', 'get', map);
  await ended(client, 'remove', 'remove', map);
  await client.ask('resources/unsubscribe', { uri: 'board://one' });
  stream.cut();
  await until(
    async () => (await historyOf(client)).events?.at(-1)?.workflowExecutionCompletedEventAttributes,
  );
  await store('idle', client);
  const query = `TaskQueue = '${cluster.taskQueue}' AND WorkflowType != 'mcpSession'`;
  for await (const { workflowId, type } of temporal.workflow.list({ query }))
    await write(type, await temporal.workflow.getHandle(workflowId).fetchHistory());
}

async function ended(client: BareClient, id: string, tool: string, args = {}): Promise<void> {
  await (await client.call(id, tool, args)).ended();
}

const suspended = (cluster: Cluster, { sessionId }: BareClient) =>
  until(async () => (await cluster.stateOf(sessionId)).callsInFlight[0]?.status === 'suspended');

async function anotherWorker(cluster: Cluster): Promise<void> {
  await Promise.all(cluster.workers.splice(0).map((worker) => worker.kill()));
  await cluster.startWorker();
}

const historyOf = ({ sessionId }: BareClient, run?: string): Promise<History> =>
  temporal.workflow.getHandle(`mcp-session-${sessionId}`, run).fetchHistory();

/** Ends the session, and writes the history of each of its runs. */
async function store(name: string, client: BareClient): Promise<void> {
  await client.delete();
  await temporal.workflow.getHandle(`mcp-session-${client.sessionId}`).result();
  const runs = [await historyOf(client)];
  for (let run = previousOf(runs[0]); run; run = previousOf(runs[0]))
    runs.unshift(await historyOf(client, run));
  for (const [i, history] of runs.entries()) {
    const file = `${name}-${i + 1}`;
    await write(file, history);
    const events = (await eventsOf(history)).map((event) => JSON.stringify(event));
    await writeFile(path.join(folder, `${file}.events.json`), `[\n${events.join(',\n')}\n]\n`);
  }
}

const previousOf = (history?: History) =>
  history?.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;

async function write(name: string, history: History): Promise<void> {
  const json = asJson(history);
  // The identity of a task's worker has no effect on the session, and names the machine that recorded it.
  const text = JSON.stringify(json, (key, value: unknown) => (key === 'identity' ? undefined : value));
  await writeFile(path.join(folder, `${name}.json.gz`), gzipSync(text, { level: 9 }));
  console.log(`${name}: ${json.events.length} events`);
}

void main();
