/** Features, row 59: 300 generated handlers behave the same with and without interruptions. `npm run replay` tests 10,000. */
import { expect, test } from '@jest/globals';
import { AttemptEnded } from 'durable-mcp';
import { check } from '../../replay/check';

const PROGRAMS = 300;
const POINTS = 4;

test('300 generated handlers end alike, go the same way and do the same, wherever they are interrupted', async () => {
  // At the end of an attempt, promises that no code awaits reject with AttemptEnded. A worker ignores these too.
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
