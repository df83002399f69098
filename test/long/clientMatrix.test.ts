/**
 * One round of the client's fault matrix: killed at each point, a client's calls have one effect and their
 * answer, or their outcome is unknown. `npm run faults:client` plays more rounds.
 */
import { beforeAll, expect, test } from '@jest/globals';
import type { Verdict } from '../../clientfaults/judge';
import { nameOf, roundsOf } from '../../clientfaults/points';
import { run } from '../../clientfaults/run';

const rounds = roundsOf(1);

let verdicts: Verdict[];
beforeAll(async () => {
  verdicts = await run(1, () => undefined);
}, 600_000);

test.each(rounds.map((round) => [nameOf(round), round] as const))('%s', (name) => {
  const mine = verdicts.filter(({ round }) => nameOf(round) === name);
  expect(mine).not.toEqual([]);
  expect(mine.flatMap(({ problems }) => problems)).toEqual([]);
});
