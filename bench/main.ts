/**
 * `npm run bench`: calls of a trivial tool through a real node, beside the floor (what Temporal itself needs for a call) and
 * the SDK's own server in memory. Absolute times are this machine's; the ratios are the product's.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEmbeddedTemporal } from '../src/temporal/embedded';
import { ROOT } from './child';
import { measureCost } from './cost';
import { Floor } from './floor';
import { Memory } from './memory';
import { Product } from './product';
import { roundsOf } from './rounds';
import { costLine, tableOf, type Measured, type Scenario } from './report';
import { runRound, type Round, type Session, type Subject } from './subject';

const SCENARIOS: Scenario[] = [
  { sessions: 1, callsEach: 40 },
  { sessions: 8, callsEach: 10 },
  { sessions: 32, callsEach: 5 },
];
const NEEDED = ['dist/src/cli/main.js', 'dist/workflows.bundle.js'];
const RESULTS = path.join(ROOT, 'bench/results');
/** The last answer is out before Temporal has written everything; the next subject must not pay for it. */
const SETTLE_MS = 300;

/** What must end when the benchmark does, the last started first. */
const cleanups: (() => void | Promise<void>)[] = [];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, profile: { type: 'boolean', default: false } },
  });
  const rounds = roundsOf(values.rounds);
  const missing = NEEDED.filter((file) => !existsSync(path.join(ROOT, file)));
  if (missing.length > 0)
    throw new Error(`${missing.join(' and ')} are missing: run \`npm run build\` first.`);

  const load = os.loadavg();
  const startedAt = new Date().toISOString();
  const name = startedAt.replaceAll(':', '-').slice(0, 19);
  mkdirSync(RESULTS, { recursive: true });
  const profileInto = values.profile ? path.join(RESULTS, name) : undefined;

  const data = mkdtempSync(path.join(os.tmpdir(), 'durable-mcp-bench-'));
  process.once('exit', () => {
    rmSync(data, { recursive: true, force: true });
  });
  const temporal = await startEmbeddedTemporal({ data, port: 0, uiPort: 0 }, console.error);
  cleanups.unshift(() => temporal.stop());
  const product = await started(Product.start(temporal.address, profileInto));
  const floor = await started(Floor.start(temporal.address, profileInto));
  const memory = await started(Memory.start(profileInto));

  const cost = await measureCost(product, temporal.address);
  const measured: Measured[] = [];
  for (const scenario of SCENARIOS) {
    console.error(`${scenario.sessions} × ${scenario.callsEach} calls, warm-up and ${rounds} rounds …`);
    measured.push(await measure([product, floor, memory], scenario, rounds));
  }

  const file = path.join(RESULTS, `${name}.json`);
  const [cpu] = os.cpus();
  const machine = {
    cpus: os.cpus().length,
    cpu: cpu?.model,
    load,
    platform: process.platform,
    node: process.version,
  };
  writeFileSync(file, JSON.stringify({ startedAt, machine, cost, scenarios: measured }));
  console.log(`\n${tableOf(measured)}\n${costLine(cost)}`);
  console.log(`Medians of ${rounds} interleaved rounds; a ratio is the median of the rounds' own ratios.`);
  console.log(`Samples: ${path.relative(ROOT, file)}${profileInto ? `, CPU profiles beside it` : ''}`);
}

async function started<S extends Subject>(starting: Promise<S>): Promise<S> {
  const subject = await starting;
  cleanups.unshift(() => subject.stop());
  return subject;
}

/** Interleaved, so that whatever else the machine does meets all subjects alike. The first round warms up and does not count. */
async function measure(
  subjects: Subject[],
  { sessions, callsEach }: Scenario,
  rounds: number,
): Promise<Measured> {
  const opened: [Subject['name'], Session[]][] = [];
  for (const subject of subjects) {
    opened.push([subject.name, await Promise.all(Array.from({ length: sessions }, () => subject.open()))]);
  }
  const results: Record<Subject['name'], Round[]> = { product: [], floor: [], memory: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, sessionsOf] of opened) {
      const result = await runRound(sessionsOf, callsEach);
      if (round > 0) results[name].push(result);
      await sleep(SETTLE_MS);
    }
  }
  await Promise.all(opened.flatMap(([, sessionsOf]) => sessionsOf.map((session) => session.close())));
  return { sessions, callsEach, rounds: results };
}

async function cleanUp(): Promise<void> {
  for (const end of cleanups) await end();
}

// What still runs then is killed when this process exits; see Child and startEmbeddedTemporal.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main()
  .catch((error: unknown) => {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    if (process.env.DEBUG) console.error(error);
    process.exitCode = 1;
  })
  .then(cleanUp)
  .then(
    () => process.exit(),
    (error: unknown) => {
      console.error('bench: could not end everything:', error);
      process.exit(1);
    },
  );
