/**
 * Features, row 14: nodes and workers are replaced one after the other, as in a rolling deployment, and no
 * call is affected.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, type RunningCommand, connect, textOf, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';
import { runs } from '../fixtures/alwaysSuspending';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

const HELD = 20;
const QUICK_EACH = 6;

test('both tiers are rolled during 50 calls: none is lost, none ends twice, and every session replays', async () => {
  const clients = await Promise.all(Array.from({ length: 5 }, () => connect(cluster.url)));
  const answers: { expected: string; answer: Promise<unknown> }[] = [];
  const call = (expected: string, name: string, args: Record<string, unknown>) => {
    const { client } = clients[answers.length % clients.length]!;
    answers.push({
      expected,
      answer: client.callTool({ name, arguments: args }, undefined, { onprogress() {} }),
    });
  };
  const gated = (name: string) => {
    call(`${name} done`, 'gated', { name });
  };
  const heldName = (i: number) => `held ${i}`;
  for (let i = 0; i < HELD; i++) gated(heldName(i));
  for (let i = 0; i < 6; i++) call('counted to 3', 'count', { to: 3, pauseAt: 2 });
  await until(() => cluster.ledger.count('paused') === 6);
  await until(() => cluster.ledger.entries().filter(({ what }) => what.endsWith(' started')).length === HELD);

  const gone: RunningCommand[] = [];
  let step = 0;
  /** Starts a new process and stops an old one, while running calls end and new calls come. */
  async function replace(olds: RunningCommand[], start: () => Promise<RunningCommand>): Promise<void> {
    await start();
    const old = olds[0]!;
    const stopped = old.stop();
    const from = step++;
    for (let i = 0; i < QUICK_EACH; i++) {
      cluster.ledger.open(`quick ${from} ${i}`);
      gated(`quick ${from} ${i}`);
    }
    for (let i = from; i < HELD; i += 4) cluster.ledger.open(heldName(i));
    if (from === 2) cluster.ledger.open('count');
    await stopped;
    gone.push(...olds.splice(0, 1));
  }
  for (let i = 0; i < 2; i++) await replace(cluster.workers, () => cluster.startWorker());
  for (let i = 0; i < 2; i++) await replace(cluster.nodes, () => cluster.startNode());

  expect(answers).toHaveLength(50);
  const results = await Promise.all(answers.map(({ answer }) => answer));
  expect(results.map(textOf)).toEqual(answers.map(({ expected }) => expected));
  const ended = cluster.ledger.entries().flatMap(({ what }) => (what.endsWith(' ended') ? what : []));
  expect(ended.length).toBeLessThanOrEqual(runs(44));
  expect(new Set(ended).size).toBe(44);
  expect(await Promise.all(gone.map(({ exited }) => exited))).toEqual([0, 0, 0, 0]);
  for (const { output } of [...gone, ...cluster.workers])
    expect(output()).not.toMatch(/nondetermin|TMPRL1100/i);
  await Promise.all(clients.map(({ client }) => client.close()));
}, 180_000);
