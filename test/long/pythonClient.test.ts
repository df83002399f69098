/** The client of the official Python SDK, unchanged. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';
import { installPythonSdk, startPythonClient, type PythonClient } from '../fixtures/python';
import { runs } from '../fixtures/alwaysSuspending';

let cluster: Cluster;
let packages: string;
let client: PythonClient | undefined;
beforeAll(async () => {
  [cluster, packages] = await Promise.all([startCluster({ nodes: 1, workers: 1 }), installPythonSdk()]);
}, 300_000);
afterEach(() => client?.kill());
afterAll(() => cluster.stop());

const call = (tool: string, args: Record<string, unknown>): PythonClient =>
  (client = startPythonClient(packages, cluster.url, tool, args));

/** The progress and log messages of a call of `count`, from step `first` to step `last`. */
const steps = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => [
    { progress: first + i, total: 6 },
    { log: { i: first + i } },
  ]).flat();

const opened = { server: 'fixture', protocol: '2025-11-25' };

test('connects, calls, hears progress and log messages in order', async () => {
  const { said, ended } = call('count', { to: 6 });
  await ended;
  expect(said).toEqual([opened, ...steps(1, 6), { result: 'counted to 6', isError: false }]);
});

test('answers a question of the handler', async () => {
  const { said, ended } = call('asks-name', {});
  await ended;
  expect(said).toEqual([opened, { asked: 'Who are you?' }, { result: 'Hello Ada', isError: false }]);
  expect(cluster.ledger.count('accept Ada')).toBe(runs(1));
});

test('its node is killed in the middle of a call: it goes on by itself on another', async () => {
  const { said, ended } = call('count', { to: 6, pauseAt: 3 });
  await until(() => cluster.ledger.find('paused'));
  await until(() => said.length === 1 + steps(1, 3).length);
  const [holder] = cluster.nodes;
  const other = await cluster.startNode();
  await holder!.kill();
  cluster.ledger.open('count');
  await ended;
  expect(said).toEqual([opened, ...steps(1, 6), { result: 'counted to 6', isError: false }]);
  expect(cluster.ledger.count('paused')).toBe(runs(1));
  expect(cluster.served.get(new URL(other.ready).origin)).toBeGreaterThan(0);
});
