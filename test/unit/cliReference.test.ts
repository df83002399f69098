/** The reference page of the command line matches the options that the commands accept. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { argumentsFor, valuesOf } from '../../src/cli/command';
import { COMMANDS } from '../../src/cli/commands';
import { OPTIONS, type OptionName } from '../../src/cli/options';
import { ROOT } from '../fixtures/root';

test('docs/reference/cli.md is as `npm run docs:cli` writes it', async () => {
  const args = [require.resolve('tsx/cli'), 'scripts/cliReference.ts', '--check'];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
});

test('every option belongs to a command', () => {
  const used = new Set(COMMANDS.flatMap(({ options }) => options));
  expect((Object.keys(OPTIONS) as OptionName[]).filter((name) => !used.has(name))).toEqual([]);
});

test('`dev` takes every option of a node and of a worker, but those of the probes, and hands each on as it was given', () => {
  const optionsOf = (name: string) => COMMANDS.find((one) => one.name === name)?.options ?? [];
  const roles = [...optionsOf('http'), ...optionsOf('worker')];
  const own = optionsOf('dev');
  expect(roles.filter((name) => !own.includes(name)).sort()).toEqual(
    ['awaitSupervisor', 'awaitSupervisor', 'healthHost', 'healthPort'].sort(),
  );
  const read = {
    idleTtl: 60_000,
    allowHost: ['a', 'b'],
    tls: false,
    jsonResponses: true,
    taskQueue: 'q',
    all: false,
  };
  const names = Object.keys(read) as OptionName[];
  expect(argumentsFor(names, valuesOf(names, read))).toEqual([
    ...['--idle-ttl', '60000ms', '--allow-host', 'a', '--allow-host', 'b'],
    ...['--no-tls', '--json-responses', '--task-queue', 'q'],
  ]);
});
