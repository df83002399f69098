/** Whether all is as before the attack. */
import { setTimeout as pass } from 'node:timers/promises';
import type { Crowd, Latency } from './crowd';
import type { Megabytes } from './memory';
import type { Place } from './place';

/** The calls that end in this time must have been quick again. */
const WINDOW_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
/** What V8 keeps of a heap that was large, and what a process holds for a minute after its last use. */
export const NEAR_MB = 150;
/** The p99 of an attack, and after it, for that of the quiet time. */
export const SLOWER_AT_MOST = 2;

export interface Now {
  readonly place: Place;
  readonly crowd: Crowd;
  readonly quiet: Latency;
  readonly before: Megabytes;
  readonly now: Megabytes;
  /** How many may be running. */
  readonly workflows: number;
}

/** What is not. */
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

/** Resolves with after how many seconds nothing was amiss, or with what was to the end. */
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
