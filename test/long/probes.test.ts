/**
 * Health probes of nodes and workers: an outage of Temporal must not restart any process, and a node reports
 * that no worker runs.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, type RunningCommand, startCommand, until } from 'durable-mcp/testing';
import { type Link, startLink } from '../fixtures/link';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
let link: Link;
beforeAll(async () => {
  link = await startLink(process.env.TEST_TEMPORAL!);
  cluster = await startCluster({ nodes: 1, workers: 0, temporal: link.address });
});
afterAll(async () => {
  await cluster.stop();
  await link.close();
});

const APP = 'test/fixtures/app.ts';
const common = () => ['--temporal', link.address, '--task-queue', cluster.taskQueue];
const askedAt = (at: string) => async (path: string) => {
  const response = await fetch(new URL(path, at));
  return { code: response.status, ...((await response.json()) as { status: string }) };
};
const healthOf = ({ ready }: RunningCommand) => /health (\S+)$/.exec(ready)?.[1] ?? '';

test('a node whose task queue nobody polls says so, until a worker comes', async () => {
  const node = cluster.nodes[0]!;
  const ask = askedAt(node.ready);
  await until(async () => JSON.stringify(await ask('/health')).includes('nobody polls the task queue'));
  expect((await ask('/health')).code).toBe(200);
  await until(() => node.output().includes('start workers with the same --task-queue'));
  await cluster.startWorker();
  await until(async () => JSON.stringify(await ask('/health')).includes('the task queue is polled'));
  expect(node.output().match(/start workers with the same/g)).toHaveLength(1);
});

test('without Temporal, nodes and workers live and are not ready; with it, they are ready again', async () => {
  const worker = await startCommand(['worker', APP, ...common(), '--health-port', '0']);
  const node = cluster.nodes[0]!;
  const both = [askedAt(node.ready), askedAt(healthOf(worker))];
  const codes = (path: string) => Promise.all(both.map(async (ask) => (await ask(path)).code));
  try {
    await until(async () => (await codes('/readyz')).every((code) => code === 200));
    link.cut();
    await until(async () => (await codes('/readyz')).every((code) => code === 503));
    expect(await codes('/livez')).toEqual([200, 200]);
    expect(await codes('/health')).toEqual([503, 503]);
    expect(await both[1]!('/health')).toMatchObject({
      status: 'Temporal does not answer',
      worker: 'running',
    });
    link.heal();
    await until(async () => (await codes('/readyz')).every((code) => code === 200));
  } finally {
    link.heal();
    await worker.kill();
  }
});

test('a link to Temporal that has gone dead without a word shows in both', async () => {
  const worker = await startCommand(['worker', APP, ...common(), '--health-port', '0']);
  const both = [askedAt(cluster.nodes[0]!.ready), askedAt(healthOf(worker))];
  try {
    await Promise.all(both.map((ask) => until(async () => (await ask('/readyz')).code === 200)));
    link.goDead();
    expect(await Promise.all(both.map(async (ask) => (await ask('/readyz')).code))).toEqual([503, 503]);
    expect(await Promise.all(both.map(async (ask) => (await ask('/livez')).code))).toEqual([200, 200]);
  } finally {
    await worker.kill();
  }
});

test('a port for probes that is taken is said in one sentence', async () => {
  const { port } = new URL(cluster.nodes[0]!.ready);
  const failed = startCommand(['worker', APP, ...common(), '--health-port', port]);
  await expect(failed).rejects.toThrow(
    `durable-mcp: The worker cannot listen on 127.0.0.1:${port}: the port is in use; choose another with --health-port.`,
  );
});
