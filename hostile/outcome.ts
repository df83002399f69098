/** What one attack did, as it was measured. */
import type { Attack } from './attack';
import type { Latency } from './crowd';
import type { End } from './innocent';
import type { Megabytes } from './memory';
import type { Role } from './place';

export interface Times {
  readonly quietSeconds: number;
  readonly seconds: number;
  /** How long it may take at most until all is as before. */
  readonly settleSeconds: number;
}

export interface Measured {
  readonly quiet: Latency;
  readonly during: Latency;
  readonly lost: number;
  readonly failed: readonly string[];
  readonly unknown: number;
  readonly turnedAway: number;
  /** How the call that waited all the time has ended. */
  readonly sleeper: End | 'no answer';
  readonly before: Megabytes;
  readonly peak: Megabytes;
  readonly after: Megabytes;
  readonly deaths: readonly Role[];
  /** After so many seconds all was as before; else what was not. */
  readonly settled: number | string;
  readonly answers: Readonly<Record<string, number>>;
}

export interface Outcome {
  readonly attack: Attack;
  readonly measured?: Measured;
  /** None if it holds. */
  readonly problems: readonly string[];
}
