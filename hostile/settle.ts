/** Checks whether the cluster is again as before the attack. */
import { setTimeout as pass } from 'node:timers/promises';
import type { Crowd, Latency } from './crowd';
import type { Megabytes } from './memory';
import type { Place } from './place';

/** Calls that ended within this time must be as fast as before the attack. */
const WINDOW_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
/**
 * How much more memory than before the attack a process may keep: V8's slack after a large heap, and data
 * that a process drops a minute after its last use.
 */
export const NEAR_MB = 150;
/** The highest p99 during and after an attack, as a multiple of the quiet time's p99. */
export const SLOWER_AT_MOST = 2;

export interface Now {
  readonly place: Place;
  readonly crowd: Crowd;
  readonly quiet: Latency;
  readonly before: Megabytes;
  readonly now: Megabytes;
  /** The number of workflows that may be running. */
  readonly workflows: number;
}

/** The differences to the state before the attack. */
export async function isAsBefore({ place, crowd, quiet, before, now, workflows }: Now): Promise<string[]> {
  const { p99 } = crowd.latencySince(Date.now() - WINDOW_MS);
  const running = await place.runningWorkflows();
  const grown = (['node', 'worker'] as const).filter((role) => now[role] > before[role] + NEAR_MB);
  return [
    ...(place.isWhole ? [] : ['not all processes run']),
    ...(p99 > SLOWER_AT_MOST * quiet.p99 ? [`the p99 is ${Math.round(p99)} ms`] : []),
    ...grown.map((role) => `a ${role} has ${now[role]} MB, ${now[role] - before[role]} more than before`),
    ...(running === undefined ? ['Temporal does not answer'] : []),
    ...(running !== undefined && running > workflows
      ? [`${running - workflows} workflows are left that should have ended`]
      : []),
  ];
}

/**
 * Waits until `amiss` finds no difference. Resolves with the seconds that took or, after `seconds`, with the
 * remaining differences.
 */
export async function settle(seconds: number, amiss: () => Promise<string[]>): Promise<number | string> {
  const began = Date.now();
  const passed = () => Math.round((Date.now() - began) / 1_000);
  await pass(Math.min(WINDOW_MS, seconds * 1_000));
  for (;;) {
    const problems = await amiss();
    if (problems.length === 0) return passed();
    if (passed() >= seconds) return problems.join(', ');
    await pass(LOOK_EVERY_MS);
  }
}
