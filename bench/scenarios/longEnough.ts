/**
 * Prolongs rounds. The fastest rounds take a tenth of a second, in which one pause of the machine would
 * dominate.
 */
import type { Round } from '../subjects/subject';

const SHORTEST_MS = 1_000;

/** Repeats `round` until the total has lasted long enough. */
export async function longEnough(round: () => Promise<Round>): Promise<Round> {
  let wallMs = 0;
  const samples: Record<string, number[]> = {};
  do {
    const part = await round();
    wallMs += part.wallMs;
    for (const [of, values] of Object.entries(part.samples)) (samples[of] ??= []).push(...values);
  } while (wallMs < SHORTEST_MS);
  return { wallMs, samples };
}
