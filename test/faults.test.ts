/** Runs a random sample of the fault matrix (docs/faults.md); `npm run faults` runs all of it. */
import { expect, test } from '@jest/globals';
import { roundsOf, sampleOf } from '../faults/matrix';
import { failuresOf } from '../faults/report';
import { run } from '../faults/run';
import { SEED } from './fixtures/seed';

test('about a dozen cells, chosen by the seed, of the fault matrix hold', async () => {
  const seed = Number(process.env.FAULTS_SEED ?? SEED);
  const cells = Number(process.env.FAULTS_CELLS ?? 12);
  process.stdout.write(`The walk over the fault matrix: FAULTS_SEED=${seed} FAULTS_CELLS=${cells}\n`);
  const outcomes = await run(sampleOf(roundsOf(), cells, seed), 2, () => undefined);
  expect(outcomes.length).toBeGreaterThan(0);
  expect(failuresOf(outcomes)).toBe('');
}, 600_000);
