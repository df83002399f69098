/**
 * `npm run bench`: calls through a real node, beside the floor (what Temporal itself needs for a call), the SDK's own server and other
 * durable servers. Absolute times are this machine's; the ratios are the product's.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedTemporal } from '../src/temporal/embedded';
import { ROOT, logInto } from './child';
import { measureCosts } from './cost';
import type { Idle } from './idle/idle';
import { runIdle } from './idle/run';
import { measure, type Measured } from './measure';
import { readOptions, type Options } from './options';
import { chartOf } from './report/chart';
import { thisMachine } from './report/machine';
import { comparisonReport, formatted, idleReport, type Run } from './report/report';
import { writeSection } from './report/write';
import { SCENARIOS } from './scenarios';
import { startSubjects } from './subjects/start';
import type { Subject } from './subjects/subject';
import { temporalServer } from './versions';

const NEEDED = ['dist/src/cli/main.js', 'dist/workflows.bundle.js'];
const RESULTS = path.join(ROOT, 'bench/results');
const DOCUMENT = path.join(ROOT, 'docs/performance.md');
const CHART = 'docs/performance.svg';
/** What a run of all scenarios measures of them; more are asked for by `--idle`. */
const IDLE_SESSIONS = 200;

/** What must end when the benchmark does, the last started first. */
const cleanups: (() => void | Promise<void>)[] = [];

async function main(): Promise<void> {
  const options = readOptions(
    process.argv.slice(2),
    SCENARIOS.map(({ name }) => name),
  );
  const missing = NEEDED.filter((file) => !existsSync(path.join(ROOT, file)));
  if (missing.length > 0)
    throw new Error(`${missing.join(' and ')} are missing: run \`npm run build\` first.`);

  const data = mkdtempSync(path.join(os.tmpdir(), 'durable-mcp-bench-'));
  process.once('exit', () => {
    rmSync(data, { recursive: true, force: true });
  });
  const run: Run = {
    startedAt: new Date().toISOString(),
    command: options.command,
    machine: thisMachine(data),
    temporal: await temporalServer(),
  };
  const results = path.join(RESULTS, run.startedAt.replaceAll(':', '-').slice(0, 19));
  mkdirSync(RESULTS, { recursive: true });
  logInto(`${results}.log`);
  const keep = (samples: object) => {
    writeFileSync(`${results}.json`, JSON.stringify({ ...run, ...samples }));
  };
  if (options.idle.length > 0) await measureListeners(options, data, run, keep);
  else await compare(options, data, run, keep, options.profile ? results : undefined);
  console.error(`Samples and what the processes said: ${path.relative(ROOT, results)}.json and .log`);
}

type Keep = (samples: object) => void;

async function measureListeners(options: Options, data: string, run: Run, keep: Keep): Promise<void> {
  const idle: Idle[] = [];
  for (const count of options.idle) {
    idle.push(...(await runIdle(count, data)));
    keep({ idle });
  }
  await tell('bench idle', idleReport(idle, run), options);
}

async function compare(
  { rounds, only, write }: Options,
  data: string,
  run: Run,
  keep: Keep,
  profileInto?: string,
): Promise<void> {
  const temporal = await startEmbeddedTemporal({ data, port: 0, uiPort: 0 }, console.error);
  cleanups.unshift(() => temporal.stop());
  const subjects: Subject[] = [];
  const started = (subject: Subject) => {
    subjects.push(subject);
    cleanups.unshift(() => subject.stop());
  };
  await startSubjects(temporal.address, started, profileInto);
  const made = Object.fromEntries(subjects.map(({ name, made }) => [name, made]));

  const product = subjects.find(({ name }) => name === 'product');
  const costs = product?.endpoint ? await measureCosts(product.endpoint.url, temporal.address) : [];
  const measured: Measured[] = [];
  for (const scenario of SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    console.error(`${scenario.name}, warm-up and ${rounds} rounds …`);
    measured.push(await measure(subjects, scenario, rounds));
    keep({ rounds, made, costs, scenarios: measured });
  }
  await cleanUp(); // what only listens is measured with nothing beside it
  const idle = only.length === 0 ? await runIdle(IDLE_SESSIONS, data) : [];
  keep({ rounds, made, costs, scenarios: measured, idle });

  const report = comparisonReport({ rounds, subjects, measured, costs, idle }, run);
  if (write) writeFileSync(path.join(ROOT, CHART), chartOf(measured, subjects));
  await tell('bench', report, { write });
  if (measured.some(({ outcomes }) => outcomes.some(({ failure }) => failure !== undefined)))
    process.exitCode = 1;
}

async function tell(section: string, report: string, { write }: Pick<Options, 'write'>): Promise<void> {
  console.log(await formatted(report, DOCUMENT));
  if (write) await writeSection(DOCUMENT, section, report);
}

async function cleanUp(): Promise<void> {
  for (const end of cleanups.splice(0)) await end();
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
