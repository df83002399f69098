/**
 * `npm run replay [-- PROGRAMS [FIRST_SEED]]`: generates random handlers, interrupts each at some of its
 * points, and compares the outcomes with those of uninterrupted runs. Half of the handlers run in a second
 * process.
 */
import { fork } from 'node:child_process';
import { AttemptEnded } from 'durable-mcp';
import { check } from './check';

/** How many points of each kind to try in a program. */
const MOST_POINTS = 5;
const SHOWN_PROBLEMS = 20;

interface Part {
  readonly runs: number;
  readonly problems: string[];
}

async function checkPart(first: number, programs: number, step: number): Promise<Part> {
  const problems: string[] = [];
  let runs = 0;
  for (let seed = first; seed < first + programs; seed += step) {
    const checked = await check(seed, MOST_POINTS);
    runs += checked.runs;
    problems.push(...checked.problems);
  }
  return { runs, problems };
}

async function main(programs: number, first: number): Promise<void> {
  const began = Date.now();
  const child = fork(__filename, [String(programs), String(first), 'part']);
  const theirs = new Promise<Part>((resolve, reject) => {
    child.on('message', resolve);
    child.on('exit', (code) => {
      reject(new Error(`The other half ended with ${code}.`));
    });
  });
  const parts = await Promise.all([checkPart(first, programs, 2), theirs]);
  const runs = parts.reduce((sum, part) => sum + part.runs, 0);
  const problems = parts.flatMap((part) => part.problems);
  problems.slice(0, SHOWN_PROBLEMS).forEach((problem) => {
    console.log(problem);
  });
  const seconds = Math.round((Date.now() - began) / 1_000);
  console.log(
    `${programs} programs from seed ${first}, run ${runs} times in ${seconds} s: ${problems.length} differ`,
  );
  process.exit(problems.length === 0 ? 0 : 1);
}

// When an attempt ends, operations that no code awaits reject with AttemptEnded. A worker ignores these too.
process.on('unhandledRejection', (error) => {
  if (!(error instanceof AttemptEnded)) throw error;
});
const [programs = '10000', first = '1', part] = process.argv.slice(2);
if (part === undefined) void main(Number(programs), Number(first));
else
  void checkPart(Number(first) + 1, Number(programs) - 1, 2).then((done) =>
    process.send?.(done, () => process.exit()),
  );
