/** What an attack may do to others, and what it did. */
import type { Attack } from './attack';
import type { Measured } from './outcome';
import { SLOWER_AT_MOST } from './settle';

/**
 * Of one node or worker during an attack: Node's and the SDKs' own 150 to 250 MB, V8's slack, and what a process holds for what it
 * serves now. The endurance run has the same.
 */
export const BOUND_MB = 600;

/** Of the quiet run; above it calls wait for each other, and an attack would be measured by a yardstick that is too long. */
const BUSY_MS = 500;

/** None if the attack has done others no harm. */
export function judge(attack: Attack, measured: Measured): string[] {
  const { quiet, during, lost, failed, unknown, sleeper, peak, deaths, settled } = measured;
  const nodes = deaths.filter((role) => role === 'node').length;
  const workers = deaths.length - nodes;
  return [
    ...(quiet.p50 > BUSY_MS
      ? [`the machine was busy: the quiet run's p50 is ${Math.round(quiet.p50)} ms`]
      : []),
    ...(during.p99 > SLOWER_AT_MOST * quiet.p99
      ? [
          `p99 ${Math.round(during.p99)} ms, ${(during.p99 / quiet.p99).toFixed(1)} times that of the quiet run`,
        ]
      : []),
    ...(lost ? [`${lost} innocent calls lost`] : []),
    ...(failed.length > 0 ? [`${failed.length} innocent calls failed, the first with ${failed[0]}`] : []),
    ...(unknown && !attack.endsWorkers ? [`${unknown} innocent calls have an unknown outcome`] : []),
    ...(endedWell(attack, sleeper)
      ? []
      : [`the call that waited through the attack ended with ${JSON.stringify(sleeper)}`]),
    ...(['node', 'worker'] as const)
      .filter((role) => peak[role] > BOUND_MB)
      .map((role) => `a ${role} took ${peak[role]} MB`),
    ...(nodes ? [`nodes died ${nodes} times`] : []),
    ...(workers && !attack.endsWorkers ? [`workers died ${workers} times`] : []),
    ...(typeof settled === 'string' ? [`not as before: ${settled}`] : []),
  ];
}

/** Its last step runs at most once, and can be in a worker that a handler ends. */
const endedWell = (attack: Attack, sleeper: Measured['sleeper']): boolean =>
  sleeper !== 'no answer' &&
  (sleeper.kind === 'answered' || (sleeper.kind === 'unknown' && attack.endsWorkers === true));
