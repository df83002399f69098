/**
 * Runs the checks of docs/compatibility.md. Clients that are checked together share the crashes, which take
 * most of the time.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { until } from 'durable-mcp/testing';
import { CHECKS, type Check, type DriverCommand, type Report } from './client';
import { Driver, PATIENCE_MS } from './driver';
import type { Place } from './place';

/** `cannot`: the client does not have the feature. `failure`: the wrong answer or the error. */
export type Outcome = 'passed' | { readonly cannot: string } | { readonly failure: string };
export type Outcomes = ReadonlyMap<Check, Outcome>;

/** From the start of the calls to the crash. By then the clients know that their calls are accepted. */
const UNDER_WAY_MS = 1_000;
/** From the start of a call of 6 s to its answer, for a client that reconnects to the next node. */
const RESUMED_MS = 20_000;

/** The outcomes have the order of `commands`. */
export async function check(commands: readonly DriverCommand[], place: Place): Promise<Outcomes[]> {
  const drivers = commands.map((command) => Driver.start(command));
  const outcomes = drivers.map(() => new Map<Check, Outcome>());
  try {
    for (const name of CHECKS) {
      const round = await ROUNDS[name](drivers, place);
      round.forEach((outcome, i) => outcomes[i]?.set(name, outcome));
    }
  } finally {
    await Promise.all(drivers.map((driver) => driver.stop()));
  }
  return outcomes;
}

type Round = (drivers: readonly Driver[], place: Place) => Promise<Outcome[]>;

const each =
  (ask: (driver: Driver, place: Place) => Promise<Outcome>): Round =>
  (drivers, place) =>
    Promise.all(drivers.map((driver) => ask(driver, place)));

const add = async (driver: Driver): Promise<Outcome> => {
  const answer = await driver.order({
    do: 'call',
    tool: 'add',
    arguments: { a: 2, b: 3 },
    progress: false,
  });
  return judge(driver, answer, ({ text }) => text === '5');
};

const ROUNDS: Record<Check, Round> = {
  connect: each(async (driver, { url }) =>
    judge(driver, await driver.order({ do: 'connect', url }), () => true),
  ),
  list: each(async (driver) =>
    judge(driver, await driver.order({ do: 'list' }), ({ tools }) =>
      isDeepStrictEqual([...(tools ?? [])].sort(), ['add', 'count', 'greet', 'work']),
    ),
  ),
  call: each(add),
  progress: each(async (driver) => {
    const answer = await driver.order({ do: 'call', tool: 'count', arguments: { to: 3 }, progress: true });
    return judge(
      driver,
      answer,
      ({ text, progress }) => text === 'counted' && isDeepStrictEqual(progress, [1, 2, 3]),
    );
  }),
  elicitation: each(async (driver) => {
    const answer = await driver.order({ do: 'call', tool: 'greet', arguments: {}, progress: false });
    return judge(driver, answer, ({ text }) => text === 'hello Ada');
  }),
  'worker killed': (drivers, place) =>
    workThrough(drivers, place, 10, PATIENCE_MS, (names) => place.killWorkersOf(names)),
  'node killed': async (drivers, place) =>
    workThrough(drivers, place, 6, RESUMED_MS, await place.prepareToKillNodes()),
  'next call': each(add),
};

/** Makes one call per client, and a crash while all of them run. */
async function workThrough(
  drivers: readonly Driver[],
  place: Place,
  seconds: number,
  patienceMs: number,
  crash: (names: readonly string[]) => Promise<void>,
): Promise<Outcome[]> {
  const calls = drivers.map((driver) => {
    const name = randomUUID();
    const call = { name, isOver: false };
    const work = { tool: 'work', arguments: { seconds, name }, progress: false };
    const answer = driver.order({ do: 'call', ...work }, patienceMs);
    return { call, answer: answer.finally(() => (call.isOver = true)) };
  });
  await until(() => calls.every(({ call }) => call.isOver || place.hasBegun(call.name)), 2 * PATIENCE_MS);
  await new Promise((resolve) => setTimeout(resolve, UNDER_WAY_MS));
  const early = calls.map(({ call }) => call.isOver);
  await crash(calls.map(({ call }) => call.name));
  const answers = await Promise.all(calls.map(({ answer }) => answer));
  return answers.map((answer, i) => {
    const outcome = judge(drivers[i], answer, ({ text }) => text === 'worked');
    const hasSeenNothing = early[i] === true && outcome === 'passed';
    return hasSeenNothing
      ? { failure: 'The call was over before the crash: this machine is too slow' }
      : outcome;
  });
}

type Told = Extract<Report, { text?: string }>;

function judge(driver: Driver | undefined, report: Report, isRight: (told: Told) => boolean): Outcome {
  if ('cannot' in report) return report;
  if (!('error' in report) && isRight(report)) return 'passed';
  const came = 'error' in report ? report.error : JSON.stringify(report);
  return { failure: [came, driver?.lastWords].filter(Boolean).join('\n') };
}
