/** A command line is cut into words as a POSIX shell does it: the shell itself says how. */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { commandWords } from '../../src/cli/commandWords';

const byShell = (line: string): string[] =>
  execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

test.each([
  'node server.js --port 5',
  `  node   "my server.js" 'it''s' `,
  `a "b \\"c\\" \\d \\\\" 'e\\f' g\\ h\\'i`,
  `x="y z"'!'w "" ''`,
])('%s', (line) => {
  expect(commandWords(line)).toEqual(byShell(line));
});

test.each(['a "b', "a 'b", 'a "b\\"', 'a\\'])('%s has no end', (line) => {
  expect(() => commandWords(line)).toThrow('has no end');
});

test.each(['', '  '])('no words', (line) => {
  expect(() => commandWords(line)).toThrow('is empty');
});
