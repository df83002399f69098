/** The few numbers that a round is summed up by. */
import type { Round } from './subject';

export interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly callsPerSecond: number;
}

/** By nearest rank: always a value that was measured. */
export function percentile(samples: number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(Math.ceil((percent / 100) * sorted.length), 1) - 1];
  if (value === undefined) throw new Error('There is no percentile of no samples.');
  return value;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

export const figuresOf = ({ wallMs, samples }: Round): Figures => ({
  p50: percentile(samples, 50),
  p99: percentile(samples, 99),
  callsPerSecond: samples.length / (wallMs / 1_000),
});

export const medianFigures = (rounds: Figures[]): Figures => ({
  p50: median(rounds.map(({ p50 }) => p50)),
  p99: median(rounds.map(({ p99 }) => p99)),
  callsPerSecond: median(rounds.map(({ callsPerSecond }) => callsPerSecond)),
});

/** Round by round, since neighbours in time meet the same machine; then the median. */
export function medianRatios(rounds: Figures[], base: Figures[]): Figures {
  const ratios = rounds.map((figures, round) => {
    const other = base[round];
    if (!other) throw new Error('Both sides of a ratio need the same rounds.');
    return {
      p50: figures.p50 / other.p50,
      p99: figures.p99 / other.p99,
      callsPerSecond: figures.callsPerSecond / other.callsPerSecond,
    };
  });
  return medianFigures(ratios);
}
