/**
 * A worker's problems are in its log, as JSON like all lines, including those that only the core of
 * Temporal's SDK reports.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { NativeConnection, Worker } from '@temporalio/worker';
import { startCommand, until } from 'durable-mcp/testing';
import { connect } from '../src/temporal/connect';
import type { SessionInput } from '../src/wire/session';
import { ROOT } from './fixtures/root';

const APP = 'test/fixtures/app.ts';
const address = process.env.TEST_TEMPORAL!;
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type Line = Record<string, unknown>;
const linesOf = (output: string): Line[] =>
  output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('ready '))
    .map((line) => JSON.parse(line) as Line);

const input: SessionInput = {
  session: {
    id: randomUUID(),
    principal: 'anonymous',
    protocolVersion: '2025-11-25',
    client: { name: 'former', version: '1' },
    capabilities: {},
    state: {},
  },
  initializeResult: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    serverInfo: { name: 'f', version: '1' },
  },
  idleTtlMs: 3_600_000,
};

test('a worker that cannot go on with a session of another version says which, and why', async () => {
  const taskQueue = `test-${randomUUID()}`;
  const workflowId = `mcp-session-${input.session.id}`;
  const client = await connect({ address, namespace: 'default' });
  stops.push(() => client.connection.close());
  const connection = await NativeConnection.connect({ address });
  const workflowsPath = path.join(ROOT, 'test/fixtures/formerSession.ts');
  const former = await Worker.create({ connection, taskQueue, workflowsPath, maxCachedWorkflows: 0 });
  const handle = await former.runUntil(async () => {
    const started = await client.workflow.start('mcpSession', { taskQueue, workflowId, args: [input] });
    stops.push(() => started.terminate());
    await until(async () => (await started.describe()).raw.pendingActivities?.length === 1);
    return started;
  });
  await connection.close();

  const worker = await startCommand(['worker', APP, '--temporal', address, '--task-queue', taskQueue]);
  stops.push(() => worker.kill());
  await handle.signal('heard');
  const line = await until(() =>
    linesOf(worker.output()).find((about) => JSON.stringify(about).includes('Nondeterminism')),
  );
  expect(line).toMatchObject({ level: 40, role: 'worker', msg: 'Failing workflow task' });
  expect(line.runId).toBe((await handle.describe()).runId);
});
