/** The rules for each attack: the most harm that it may do to other clients and to the cluster. */
import type { Attack } from './attack';
import type { Measured } from './outcome';
import { SLOWER_AT_MOST } from './settle';

/**
 * The most memory of one node or worker during an attack: 150 to 250 MB of Node and the SDKs, V8's slack, and
 * the data of the current load. The endurance run has the same bound.
 */
export const BOUND_MB = 600;

/**
 * The highest p50 of the quiet time. Above it, calls wait for each other even without an attack, and a
 * comparison with it would be too lenient.
 */
const BUSY_MS = 500;

/** The violations; empty if the attack has not harmed others. */
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

/**
 * Whether the call that slept through the attack ended as it may: answered, or with an unknown outcome where
 * a hostile handler ends its worker, since its last step is at-most-once.
 */
const endedWell = (attack: Attack, sleeper: Measured['sleeper']): boolean =>
  sleeper !== 'no answer' &&
  (sleeper.kind === 'answered' || (sleeper.kind === 'unknown' && attack.endsWorkers === true));
