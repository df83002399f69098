/** The measurements of one attack. */
import type { Attack } from './attack';
import type { Latency } from './crowd';
import type { End } from './innocent';
import type { Megabytes } from './memory';
import type { Role } from './place';

export interface Times {
  readonly quietSeconds: number;
  readonly seconds: number;
  /** The longest time that the cluster may take to return to its state before the attack. */
  readonly settleSeconds: number;
}

export interface Measured {
  readonly quiet: Latency;
  readonly during: Latency;
  readonly lost: number;
  readonly failed: readonly string[];
  readonly unknown: number;
  readonly turnedAway: number;
  /** The end of the call that slept during the attack. */
  readonly sleeper: End | 'no answer';
  readonly before: Megabytes;
  readonly peak: Megabytes;
  readonly after: Megabytes;
  readonly deaths: readonly Role[];
  /** The seconds until the cluster was as before the attack, or the remaining difference. */
  readonly settled: number | string;
  readonly answers: Readonly<Record<string, number>>;
}

export interface Outcome {
  readonly attack: Attack;
  readonly measured?: Measured;
  /** Empty if the attack did no harm. */
  readonly problems: readonly string[];
}
