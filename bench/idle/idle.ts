/**
 * Measures the cost of idle sessions, which is the node's memory and the long-polls at Temporal, and whether
 * the sessions still work.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BareClient } from 'durable-mcp/testing';
import { arrivals } from '../arrivals';
import { Metrics } from '../metrics';
import { cpuPercent, residentMb } from '../processes';
import { median } from '../stats';
import type { Subject } from '../subjects/subject';
import { Crowd } from './crowd';
import type { Tally } from './tally';

const WARM_UP = 20;
const SETTLE_MS = 10_000;
/**
 * With this many workflow tasks between two looks, Temporal and the worker still process the opening of
 * sessions.
 */
const BUSY_TASKS = 10;
const LONGEST_BACKLOG_MS = 600_000;
/** One sample a second for 20 s, the duration of a long-poll. */
const SAMPLES = 20;
const SAMPLE_MS = 1_000;
const CALLS = 20;
const CALL_TIMEOUT_MS = 10_000;

/** The Temporal server of a measurement: the port of its metrics, and its process id. */
export interface Watched {
  readonly metricsPort: number;
  readonly pid: number;
}

export interface Idle {
  readonly title: string;
  readonly asked: number;
  readonly opened: number;
  readonly openedPerSecond: number;
  /** The streams still open at the end. */
  readonly streams: number;
  readonly failures: string[];
  /** The node's resident memory before the crowd opens: a few sessions have been opened and closed. */
  readonly beforeMb: number;
  readonly sessionKb: number;
  readonly cpuPercent: number;
  readonly temporal?: {
    /** The time until the backlog of the opening was processed. */
    readonly backlogSeconds: number;
    readonly longPolls: number;
    readonly refusedPerSecond: number;
    readonly cpuPercent: number;
  };
  /** One call in each of a sample of the sessions, one after the other. */
  readonly calls: { readonly asked: number; readonly answered: number; readonly p50Ms?: number };
}

export async function measureIdle(subject: Subject, count: number, temporal?: Watched): Promise<Idle> {
  const { endpoint, title } = subject;
  if (!endpoint) throw new Error(`${title} has no endpoint to listen to.`);
  const warm = await subject.open(WARM_UP);
  await warm.calls(1);
  await warm.close();
  const beforeMb = residentMb(endpoint.pid);

  const began = performance.now();
  const crowd = await Crowd.open(endpoint.url, count);
  const openedPerSecond = (crowd.members.length / (performance.now() - began)) * 1_000;
  const watched = await watch(endpoint.pid, temporal);
  const calls = await callSome(crowd.some(CALLS), crowd.failures);
  const streams = crowd.listening;
  crowd.leave();

  return {
    title,
    asked: count,
    opened: crowd.members.length,
    openedPerSecond,
    streams,
    failures: crowd.failures.lines,
    beforeMb,
    sessionKb: ((watched.residentMb - beforeMb) * 1_024) / Math.max(streams, 1),
    cpuPercent: watched.cpuPercent,
    temporal: watched.temporal,
    calls,
  };
}

/**
 * Waits until the backlog of the opening is processed, at most 10 minutes. Resolves with the seconds waited.
 */
async function backlogDone({ metricsPort }: Watched): Promise<number> {
  let before = await workflowTasks(metricsPort);
  for (let waitedMs = 0; ; waitedMs += SETTLE_MS) {
    await sleep(SETTLE_MS);
    const done = await workflowTasks(metricsPort);
    if (done - before < BUSY_TASKS || waitedMs >= LONGEST_BACKLOG_MS) return waitedMs / 1_000;
    before = done;
  }
}

/**
 * Samples memory, CPU time and long-polls once the backlog is processed. The figures are medians over the
 * samples.
 */
async function watch(pid: number, temporal?: Watched) {
  let backlogSeconds = 0;
  if (temporal) backlogSeconds = await backlogDone(temporal);
  else await sleep(SETTLE_MS);
  const resident: number[] = [];
  const pending: number[] = [];
  const cpuOfNode = cpuPercent(pid);
  const cpuOfTemporal = temporal && cpuPercent(temporal.pid);
  const before = temporal && (await longPolls(temporal.metricsPort));
  for (let sample = 0; sample < SAMPLES; sample++) {
    await sleep(SAMPLE_MS);
    resident.push(residentMb(pid));
    if (temporal) pending.push((await longPolls(temporal.metricsPort)).pending);
  }
  return {
    residentMb: median(resident),
    cpuPercent: cpuOfNode(),
    temporal: temporal && {
      backlogSeconds,
      longPolls: median(pending),
      refusedPerSecond:
        ((await longPolls(temporal.metricsPort)).refused - (before?.refused ?? 0)) /
        ((SAMPLES * SAMPLE_MS) / 1_000),
      cpuPercent: cpuOfTemporal?.() ?? 0,
    },
  };
}

/**
 * The frontend's long-polls for history: those that are pending, and those that it has refused because of a
 * limit.
 */
async function longPolls(metricsPort: number): Promise<{ pending: number; refused: number }> {
  const metrics = await Metrics.read(metricsPort);
  return {
    pending: metrics.ofFrontend('service_pending_requests', 'PollWorkflowExecutionHistory'),
    refused: metrics.ofFrontend('service_errors_resource_exhausted', 'PollWorkflowExecutionHistory'),
  };
}

/** The number of workflow tasks that workers have completed since the server's start. */
async function workflowTasks(metricsPort: number): Promise<number> {
  const metrics = await Metrics.read(metricsPort);
  return metrics.ofFrontend('service_requests', 'RespondWorkflowTaskCompleted');
}

async function callSome(clients: BareClient[], failures: Tally): Promise<Idle['calls']> {
  const samples: number[] = [];
  for (const client of clients) {
    const asked = performance.now();
    try {
      await callOnce(client);
      samples.push(performance.now() - asked);
    } catch (error) {
      failures.add(error);
    }
  }
  const p50Ms = samples.length > 0 ? median(samples) : undefined;
  return { asked: clients.length, answered: samples.length, p50Ms };
}

async function callOnce(client: BareClient): Promise<void> {
  const call = client.callMessage(1, 'echo', { text: 'still there?' });
  const response = await client.post(call, {}, AbortSignal.timeout(CALL_TIMEOUT_MS));
  for await (const { message } of arrivals(response)) if (message && 'result' in message) return;
  throw new Error('The stream of a call ended without an answer.');
}
