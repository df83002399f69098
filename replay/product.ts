/**
 * Runs a program as a durable call in memory, with the code that workers run, and interrupts it at one point.
 */
import { DurableMcpServer } from 'durable-mcp';
import type { AttemptEnd } from '../activities/attemptSettings';
import { Attempt } from '../activities/runAttempt';
import type { CallLog } from '../activities/callLog';
import type { ExecutionCheckpoint } from '../src/wire/call';
import type { JSONRPCRequest } from '../src/mcp/protocol';
import { isFinal } from '../src/api/errors';
import { MemoryCall } from '../src/testing/memoryCall';
import { Interruption, describe, execute } from './execute';
import { answerOf, stepsThat, type Fate, type Fates, type Outcome } from './outcome';
import type { Node } from './program';
import { World } from './world';

/**
 * How a run is interrupted at its `at`-th point of one kind, counted over all attempts from 1. `crash`: the
 * process dies, at an operation on the log. `throw`: the handler throws before a statement, which ends the
 * attempt.
 */
export interface Interrupt {
  readonly how: 'crash' | 'throw';
  readonly at: number;
}

export interface Run extends Outcome {
  /** The number of points of each kind. */
  readonly points: Readonly<Record<Interrupt['how'], number>>;
  readonly fates: Fates;
  readonly attempts: number;
}

const REQUEST: JSONRPCRequest = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'run', arguments: {} },
};
const SESSION = {
  id: '00000000-0000-4000-8000-000000000000',
  principal: 'anonymous',
  protocolVersion: '2025-11-25',
  client: { name: 'replay', version: '1' },
  capabilities: { elicitation: { form: {} } },
  state: {},
};
const POLICY = {
  delivery: 'at-least-once',
  maximumAttempts: 5,
  initialIntervalMs: 1,
  timeoutMs: 1e15,
} as const;
const MAXIMUM_ATTEMPTS = 200;

export async function runProduct(
  program: Node,
  answers: ReadonlyMap<string, number>,
  suspendAfterMs: number,
  interrupt?: Interrupt,
): Promise<Run> {
  const world = new World();
  const points = { crash: 0, throw: 0 };
  const fates = new Map<string, Fate>();
  const failing = stepsThat(({ fails, once }) => fails && !once, program);
  let marks: string[] = [];
  let dead = false;
  let die: (() => void) | undefined;

  /** A point at which the process may die. The code that awaits the point then never continues. */
  async function point(): Promise<void> {
    world.stirred++;
    if (dead) return never();
    if (++points.crash !== interrupt?.at || interrupt.how !== 'crash') return;
    dead = true;
    die?.();
    return never();
  }

  const call = MemoryCall.of(REQUEST, {
    now: () => world.now(),
    state: {},
    onMessage: (message) => {
      if (!('id' in message) || !('method' in message)) return;
      const question = String(message.id).slice('1/'.length);
      const ms = answers.get(question.replace(/\[.*/, ''));
      if (!ms) return;
      world.after(ms, () => {
        call.answer({ jsonrpc: '2.0', id: message.id, result: answerOf(question) });
      });
    },
  });

  const app = () => {
    const server = new DurableMcpServer({ name: 'replay', version: '1' });
    server.registerTool('run', {}, async (ctx) => {
      marks = [];
      const mine = marks;
      const died = lifeOf();
      const text = await execute(program, {
        ctx,
        marks: mine,
        takes: async (what, ms) => {
          if (died()) return never();
          await world.takes(what, ms);
          if (died()) return never();
        },
        onStep: (step) => {
          if (!died()) world.start(step);
        },
        onStatement: () => {
          if (died() || ++points.throw !== interrupt?.at || interrupt.how !== 'throw') return;
          throw new Interruption('so that the attempt ends');
        },
      }).catch((error: unknown) => {
        if (error instanceof Error && ['Interruption', 'AttemptEnded'].includes(error.name)) throw error;
        return `threw ${describe(error)}`;
      });
      return { content: [{ type: 'text', text }] };
    });
    return server;
  };

  /**
   * Returns a function that reports whether the process of the current attempt has died, or the attempt is
   * over.
   */
  function lifeOf(): () => boolean {
    const life = current;
    return () => life !== current || dead;
  }
  let current = 0;

  let before: ExecutionCheckpoint | undefined;
  let lastThrown = 0;
  for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; attempt++) {
    current++;
    dead = false;
    const death = new Promise<'dead'>(
      (resolve) =>
        (die = () => {
          resolve('dead');
        }),
    );
    const running = new Attempt(
      app,
      { message: REQUEST, policy: POLICY, session: SESSION, before },
      watched(call.logFor(attempt), point, lifeOf()),
      {
        attempt,
        endedWell: attempt - 1,
        lastThrown,
        timeLeftMs: POLICY.timeoutMs,
        elapsedMs: 0,
        suspendAfterMs,
        runsAgainAfter: (thrown) => !isFinal(thrown),
        time: mortal(world, lifeOf()),
        warn: () => undefined,
      },
    );
    const end = await world.until(Promise.race([running.run(), death]));
    marks = [...marks]; // later marks of this attempt do not count
    if (end === 'dead') {
      running.abandon(); // no timer or listener of the attempt may remain
      seal();
      continue;
    }
    if (end.kind === 'threw') lastThrown = attempt;
    if (end.kind === 'suspended') {
      before = running.checkpoint(0);
      call.journal.attempt = attempt + 1;
      if (!wakes(end)) return outcome('never ends', attempt);
    }
    if (end.kind === 'answered') {
      const { content } = (end.response as unknown as { result: { content: { text: string }[] } }).result;
      return outcome(content[0]?.text ?? '', attempt);
    }
  }
  throw new Error(`The handler has not ended after ${MAXIMUM_ATTEMPTS} attempts.`);

  /** Records the fate of the steps whose ends were not recorded when the process died. */
  function seal(): void {
    const at = world.now();
    const { journal } = call.journal.snapshot();
    for (const [step, { kind, order }] of Object.entries(journal))
      if (kind === 'atMostOnce' && order === undefined) fates.set(step, { at, how: 'lost' });
    for (const started of world.starts.keys()) {
      const [, name = '', key = ''] = /^([^.]*)(.*)$/.exec(started) ?? [];
      const step = key === '' ? name : `${name}[${key}]`;
      if (failing.has(name) && !journal[step] && world.hasEnded(started))
        fates.set(step, { at: at + 2e-4, how: 'again' });
    }
  }

  /** Lets time pass until the call wakes; `false` if it never will. */
  function wakes({ suspended }: Extract<AttemptEnd, { kind: 'suspended' }>): boolean {
    current++; // later effects of this attempt do not count
    while (!call.isAwake(suspended)) if (!world.passOn(call.wakesAt(suspended))) return false;
    return true;
  }

  function outcome(result: string, attempts: number): Run {
    return { result, marks, state: call.state, starts: world.starts, points, fates, attempts };
  }
}

/** A new promise for each caller: a shared one would keep the reactions of all callers in memory. */
const never = (): Promise<never> => new Promise(() => undefined);

/** Adds a point before and after each operation on the log. */
function watched(log: CallLog, point: () => Promise<void>, isDead: () => boolean): CallLog {
  const around =
    <Args extends unknown[], T>(act: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      await point();
      const done = await act(...args);
      await point();
      return done;
    };
  return {
    open: around(() => log.open()),
    claim: around((...args) => log.claim(...args)),
    record: around((...args) => log.record(...args)),
    setState: around((...args) => log.setState(...args)),
    readState: around(() => log.readState()),
    emit: around((...args) => log.emit(...args)),
    later: around((...args) => log.later(...args)),
    follow: around((tell, signal) =>
      log.follow((event) => {
        if (!isDead()) tell(event);
      }, signal),
    ),
  };
}

/** The world's clock for one attempt: timers of a dead process do not fire. */
const mortal = (world: World, isDead: () => boolean) => ({
  now: () => {
    world.stirred++; // code that reads the time is running
    return world.now();
  },
  after: (ms: number, then: () => void) =>
    world.after(ms, () => {
      if (!isDead()) then();
    }),
});
