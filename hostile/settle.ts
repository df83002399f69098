/** Checks whether all is as before the attack. */
import { setTimeout as pass } from 'node:timers/promises';
import type { Crowd, Latency } from './crowd';
import type { Megabytes } from './memory';
import type { Place } from './place';

/** The window of calls that must be fast again. */
const WINDOW_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
/** Memory that V8 keeps of a heap that was large, and that a process holds for a minute after its last use. */
export const NEAR_MB = 150;
/** The most that the p99 during and after an attack may be, as a multiple of the quiet time's p99. */
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

/** Resolves with the number of seconds until nothing was amiss, or with the remaining problem. */
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
