/**
 * Interrupts a program at some of its points, and checks that the outcome is the same as without
 * interruptions.
 */
import { seededRandom } from '../faults/random';
import { answersOf, differenceOf, stepsThat } from './outcome';
import { programOf } from './program';
import { runProduct, type Interrupt, type Run } from './product';
import { referenceOf } from './reference';

/**
 * The times after which a waiting call is suspended: the default, and never. No bare code of a program lasts
 * as long as either.
 */
const SUSPEND_AFTER_MS = [30_000, 1e12];

export interface Checked {
  /** The number of runs of the program by the product. */
  readonly runs: number;
  readonly problems: readonly string[];
}

/** Tries up to `most` points of each kind. */
export async function check(seed: number, most: number): Promise<Checked> {
  const program = programOf(seed);
  const answers = answersOf(program);
  const once = stepsThat((step) => step.once, program);
  const random = seededRandom(seed);
  const problems: string[] = [];
  let runs = 0;
  const undisturbed = await referenceOf(program, answers, new Map());
  if (undisturbed.result === 'never ends') return { runs, problems };

  async function compare(suspendAfterMs: number, interrupt?: Interrupt): Promise<Run | undefined> {
    runs++;
    const name = `seed ${seed}, suspended after ${suspendAfterMs} ms, ${interrupt ? `${interrupt.how} at ${interrupt.at}` : 'undisturbed'}`;
    try {
      const run = await runProduct(program, answers, suspendAfterMs, interrupt);
      const expected = run.fates.size === 0 ? [undisturbed] : [];
      for (const shift of run.fates.size === 0 ? [] : [-1e-4, 1e-4]) {
        const shifted = [...run.fates].map(([step, { at, how }]) => [step, { at: at + shift, how }] as const);
        expected.push(await referenceOf(program, answers, new Map(shifted)));
      }
      const hadMoreTime = interrupt?.how === 'throw';
      const difference = differenceOf(expected, run, { once, fates: run.fates, hadMoreTime });
      if (difference !== undefined) problems.push(`${name}: ${difference}`);
      return run;
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  for (const suspendAfterMs of SUSPEND_AFTER_MS) {
    const whole = await compare(suspendAfterMs);
    if (!whole) continue;
    for (const how of ['crash', 'throw'] as const) {
      const all = Array.from({ length: whole.points[how] }, (_, i) => i + 1);
      const tried = all
        .map((at) => ({ at, place: random() }))
        .sort((a, b) => a.place - b.place)
        .slice(0, most);
      for (const { at } of tried) await compare(suspendAfterMs, { how, at });
    }
  }
  return { runs, problems };
}
