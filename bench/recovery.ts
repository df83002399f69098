/**
 * `npm run recovery`: measures for each setting of `--recovery` how long a session stalls when its worker is
 * killed while another worker runs. Measures from the SIGKILL to the second attempt of a running call, and to
 * the answer of the session's next request.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BareClient, Cluster, until } from 'durable-mcp/testing';
import { RECOVERIES, type Recovery } from '../src/model/recovery';
import { roundsOf } from './rounds';
import { median } from './stats';

interface Times {
  readonly attempt: number[];
  readonly request: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
  const rounds = roundsOf(values.rounds);
  console.log('| `--recovery` | second attempt, median | slowest | next request, median | slowest |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const recovery of RECOVERIES) {
    const { attempt, request } = await measure(recovery, rounds);
    const columns = [attempt, request].flatMap((times) => [median(times), Math.max(...times)]);
    console.log(`| ${recovery} | ${columns.map((ms) => `${(ms / 1_000).toFixed(2)} s`).join(' | ')} |`);
  }
}

async function measure(recovery: Recovery, rounds: number): Promise<Times> {
  const args = ['--recovery', recovery];
  const cluster = await Cluster.start({
    app: path.join(__dirname, 'apps/held.ts'),
    temporal: 'own',
    nodes: 1,
    nodeArgs: args,
    workers: 1,
    workerArgs: args,
  });
  const times: Times = { attempt: [], request: [] };
  for (let round = 0; round < rounds; round++) {
    times.attempt.push(await killDuringCall(cluster, `call ${round}`));
    times.request.push(await killBeforeRequest(cluster));
  }
  await cluster.stop();
  return times;
}

/**
 * Kills the worker when the call has sent heartbeats for a while, as most calls that lose their worker have.
 * The first heartbeats, at uneven intervals, would distort the time.
 */
async function killDuringCall(cluster: Cluster, name: string): Promise<number> {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'held', { name });
  await until(() => cluster.ledger.find(`${name} is held in attempt 1`));
  const killed = await replaceWorker(cluster);
  await until(() => cluster.ledger.find(`${name} begins in attempt 2`));
  const took = performance.now() - killed;
  cluster.ledger.open(name);
  await stream.ended();
  return took;
}

async function killBeforeRequest(cluster: Cluster): Promise<number> {
  const client = await new BareClient(cluster.url).open();
  cluster.ledger.open('free');
  await (await client.call(1, 'held', { name: 'free' })).ended();
  const killed = await replaceWorker(cluster);
  await (await client.call(2, 'held', { name: 'free' })).ended();
  return performance.now() - killed;
}

/**
 * Starts a second worker, then kills the first, whose cache holds the session's workflow. Resolves with the
 * time of the kill.
 */
async function replaceWorker(cluster: Cluster): Promise<number> {
  const [worker] = cluster.workers.splice(0);
  await cluster.startWorker();
  const killed = performance.now();
  await worker?.kill();
  return killed;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(`recovery: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
