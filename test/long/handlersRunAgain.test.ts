/** Features, row 59: 300 handlers made by chance, interrupted at points of theirs, fare as they do without. `npm run replay` makes 10,000. */
import { expect, test } from '@jest/globals';
import { AttemptEnded } from 'durable-mcp';
import { check } from '../../replay/check';

const PROGRAMS = 300;
const POINTS = 4;

test('300 generated handlers end alike, go the same way and do the same, wherever they are interrupted', async () => {
  // What nobody waits for any more when its attempt ends; a worker takes no notice of it either.
  const ignore = (error: unknown) => {
    if (!(error instanceof AttemptEnded)) throw error;
  };
  process.on('unhandledRejection', ignore);
  const problems: string[] = [];
  let runs = 0;
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const checked = await check(seed, POINTS);
    runs += checked.runs;
    problems.push(...checked.problems);
  }
  process.off('unhandledRejection', ignore);
  expect(problems).toEqual([]);
  expect(runs).toBeGreaterThan(10 * PROGRAMS);
}, 300_000);
