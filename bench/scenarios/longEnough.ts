/** Rounds that last: in a tenth of a second, which is what the fastest need, a machine's hiccup is most of what is measured. */
import type { Round } from '../subjects/subject';

const SHORTEST_MS = 1_000;

/** Goes through `round` again and again until all of it has lasted long enough. */
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
