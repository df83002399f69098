/**
 * A wrong value in an environment variable is reported with the variable's name; an empty variable counts as
 * absent.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand, startCommand } from 'durable-mcp/testing';
import { withoutTemporal } from './fixtures/withoutTemporal';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-environment-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const APP = 'test/fixtures/app.ts';

test('LOG_LEVEL that is no level', async () => {
  const { code, output } = await runCommand(['http', APP], { LOG_LEVEL: 'warning' });
  expect({ code, output }).toEqual({
    code: 1,
    output:
      'durable-mcp: LOG_LEVEL is "warning", which is no level; give one of trace, debug, info, warn, error, fatal, silent.\n',
  });
});

test('blanks around a variable', async () => {
  const env = { LOG_LEVEL: ' info ', TEMPORAL_ADDRESS: `${process.env.TEST_TEMPORAL!} ` };
  const { code, output } = await runCommand(['sessions', 'list'], env);
  expect({ code, output }).toMatchObject({ code: 0 });
});

test('empty variables are as good as none', async () => {
  const env = { LOG_LEVEL: '', TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_CLI: '' };
  const running = await startCommand(['dev', APP, '--port', '0', '--data', path.join(folder, 'data')], env);
  await running.stop();
  expect(running.output()).not.toContain('"level"');
});

test('TEMPORAL_ADDRESS that nobody answers at is named', async () => {
  const { code, output } = await runCommand(['sessions', 'list'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(output).toMatch(/^durable-mcp: Temporal cannot be reached at 127\.0\.0\.1:1 \(TEMPORAL_ADDRESS\); /);
  expect(code).toBe(1);
});

test('a folder for the Temporal server that cannot be had is said before anything is fetched', async () => {
  const file = path.join(folder, 'a file');
  await writeFile(file, '');
  const { code, output } = await runCommand(['temporal', '--data', folder], {
    XDG_CACHE_HOME: path.join(file, 'below'),
    PATH: withoutTemporal(),
    TEMPORAL_CLI: '',
  });
  expect(output).toMatch(
    /^durable-mcp: The Temporal server that has to be fetched cannot be kept in .*set XDG_CACHE_HOME/,
  );
  expect(output).not.toContain('downloading');
  expect(code).toBe(1);
});
