/**
 * `npm run bench`: measures calls through a real node, beside the floor (Temporal's own cost of a call), the
 * SDK's own server and other durable servers. Absolute times depend on the machine; the ratios describe the
 * product.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedTemporal } from '../src/temporal/embedded';
import { measureAlone } from './alone';
import { ROOT, logInto } from './child';
import { measureCosts } from './cost';
import type { Idle } from './idle/idle';
import { runIdle } from './idle/run';
import { measure, type Measured } from './measure';
import { readOptions, type Options } from './options';
import { quiet } from './processes';
import { chartOf } from './report/chart';
import { thisMachine } from './report/machine';
import { comparisonReport, formatted, idleReport, settingsReport, type Run } from './report/report';
import { writeSection } from './report/write';
import { SCENARIOS } from './scenarios';
import { measureSettings } from './settings/run';
import { startSubjects } from './subjects/start';
import type { Subject } from './subjects/subject';
import { temporalServer } from './versions';

const NEEDED = ['dist/src/cli/main.js', 'dist/workflows.bundle.js'];
const RESULTS = path.join(ROOT, 'bench/results');
const DOCUMENT = path.join(ROOT, 'docs/performance.md');
const CHART = 'docs/performance.svg';

/** Cleanups at the end of the benchmark, the last started first. */
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
  await wayOf(options)({ options, data, run, results });
  console.error(`Samples and what the processes said: ${path.relative(ROOT, results)}.json and .log`);
}

interface Job {
  readonly options: Options;
  /** The folder for temporary data. */
  readonly data: string;
  readonly run: Run;
  /** The path of the job's samples and log, without an extension. */
  readonly results: string;
}

function wayOf({ idle, settings }: Options): (job: Job) => Promise<void> {
  if (settings) return trySettings;
  return idle.length > 0 ? measureListeners : compare;
}

async function trySettings(job: Job): Promise<void> {
  const settings = await measureSettings(job.options.rounds, job.data);
  keep(job, { settings });
  await tell(job, 'bench settings', settingsReport(settings, job.run));
}

async function measureListeners(job: Job): Promise<void> {
  const idle: Idle[] = [];
  for (const count of job.options.idle) {
    idle.push(...(await runIdle(count, job.data)));
    keep(job, { idle });
  }
  await tell(job, 'bench idle', idleReport(idle, job.run));
}

async function compare(job: Job): Promise<void> {
  const { options, data, run } = job;
  const { rounds, only } = options;
  const temporal = await startEmbeddedTemporal({ data, port: 0, uiPort: 0 }, console.error);
  cleanups.unshift(() => temporal.stop());
  const subjects: Subject[] = [];
  const started = (subject: Subject) => {
    subjects.push(subject);
    cleanups.unshift(() => subject.stop());
  };
  await startSubjects(temporal.address, started, options.profile ? job.results : undefined);
  const made = Object.fromEntries(subjects.map(({ name, made }) => [name, made]));

  const costs = await measureCosts(subjects, temporal.address);
  const measured: Measured[] = [];
  for (const scenario of SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    console.error(`${scenario.name}, warm-up and ${rounds} rounds …`);
    measured.push(await measure(subjects, scenario, rounds, () => quiet(temporal.pid)));
    keep(job, { rounds, made, costs, scenarios: measured });
  }
  await cleanUp(); // idle sessions are measured alone
  const alone = only.length === 0 ? await measureAlone(rounds, data) : undefined;
  keep(job, { rounds, made, costs, scenarios: measured, ...alone });

  if (options.write) writeFileSync(path.join(ROOT, CHART), chartOf(measured, subjects));
  await tell(job, 'bench', comparisonReport({ rounds, subjects, measured, costs, alone }, run));
  if (measured.some(({ outcomes }) => outcomes.some(({ failure }) => failure !== undefined)))
    process.exitCode = 1;
}

function keep({ run, results }: Job, samples: object): void {
  writeFileSync(`${results}.json`, JSON.stringify({ ...run, ...samples }));
}

async function tell({ options }: Job, section: string, report: string): Promise<void> {
  console.log(await formatted(report, DOCUMENT));
  if (options.write) await writeSection(DOCUMENT, section, report);
}

async function cleanUp(): Promise<void> {
  for (const end of cleanups.splice(0)) await end();
}

// Running processes are killed when this process exits; see Child and startEmbeddedTemporal.
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
