/**
 * Two `dev` on one machine: each finds free ports, even if another process takes a chosen port before
 * Temporal's server listens there.
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, runCommand, startCommand, until } from 'durable-mcp/testing';
import { findTemporalCommand } from '../src/temporal/findServer';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-twice-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Creates a wrapper of `temporal` that first runs the shell line `before`, in which `$6` is the frontend's port. */
async function inPlaceOfTemporal(
  name: string,
  before: (command: string, real: string) => string,
): Promise<string> {
  const command = path.join(folder, name);
  const real = await findTemporalCommand(console.error);
  await writeFile(command, `#!/bin/sh\n${before(command, real)}\nexec '${real}' "$@"\n`, { mode: 0o755 });
  return command;
}

const dev = (name: string) => [
  'dev',
  'test/fixtures/app.ts',
  '--port',
  '0',
  '--data',
  path.join(folder, `${name}.data`),
];

test('a port that somebody takes meanwhile is not insisted on', async () => {
  const waits = (command: string) =>
    `if [ ! -e '${command}.port' ]; then echo "$6" > '${command}.port'; while [ ! -e '${command}.taken' ]; do sleep 0.05; done; fi`;
  const command = await inPlaceOfTemporal('once', waits);
  const starting = startCommand(dev('once'), { TEMPORAL_CLI: command });
  const port = await until(async () => {
    const text = await readFile(`${command}.port`, 'utf8').catch(() => '');
    return text.endsWith('\n') && Number(text);
  });
  const somebody = createServer().listen(port, '127.0.0.1');
  await once(somebody, 'listening');
  await writeFile(`${command}.taken`, '');
  try {
    const running = await starting;
    const client = await new BareClient(running.ready).open();
    const stream = await client.call(1, 'echo', { value: 'both' });
    await stream.ended();
    expect(stream.text).toBe('both');
    await running.stop();
  } finally {
    somebody.close();
  }
});

test('where no port can be had, the sentence names the port and not the data', async () => {
  const takes = (_command: string, real: string) =>
    `exec '${process.execPath}' -e "require('net').createServer().listen(process.argv[1], '127.0.0.1', () =>
      require('child_process').spawn('${real}', process.argv.slice(2), { stdio: 'inherit' }).on('exit', () => process.exit(1)))" "$6" "$@"`;
  const env = { TEMPORAL_CLI: await inPlaceOfTemporal('always', takes) };
  const { code, output } = await runCommand(dev('always'), env);
  expect(output).toMatch(
    /^durable-mcp: The Temporal server cannot listen on port \d+: address already in use; /m,
  );
  expect(output).not.toContain('always.data');
  expect(code).toBe(1);
});
