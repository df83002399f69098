/** Two `dev` on one machine: each finds ports, also where somebody takes one in the moment between the choice and the server's start. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, runCommand, startCommand } from 'durable-mcp/testing';
import { findTemporalCommand } from '../src/temporal/findServer';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-twice-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A `temporal` that finds somebody listening on its frontend's port: the first time, or each time. */
async function whosePortIsTaken(name: string, times: 'once' | 'always'): Promise<string> {
  const command = path.join(folder, name);
  const real = await findTemporalCommand(console.error);
  const take = `require('net').createServer().listen(process.argv[1],'127.0.0.1',()=>{
    const server = require('child_process').spawn('${real}', process.argv.slice(2), { stdio: 'inherit' });
    server.on('exit', (code) => process.exit(code ?? 1));
  })`;
  const once =
    times === 'once'
      ? `if [ -e '${command}.taken' ]; then exec '${real}' "$@"; fi; touch '${command}.taken'`
      : '';
  const script = `#!/bin/sh\n${once}\nexec '${process.execPath}' -e "${take}" "$6" "$@"\n`;
  await writeFile(command, script, { mode: 0o755 });
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

test('a port that was taken meanwhile is not insisted on', async () => {
  const env = { TEMPORAL_CLI: await whosePortIsTaken('once', 'once') };
  const running = await startCommand(dev('once'), env);
  try {
    const client = await new BareClient(running.ready).open();
    const stream = await client.call(1, 'echo', { value: 'both' });
    await stream.ended();
    expect(stream.text).toBe('both');
  } finally {
    await running.stop();
  }
});

test('where no port can be had, the sentence names the port and not the data', async () => {
  const env = { TEMPORAL_CLI: await whosePortIsTaken('always', 'always') };
  const { code, output } = await runCommand(dev('always'), env);
  expect(output).toMatch(
    /^durable-mcp: The Temporal server cannot listen on port \d+: address already in use; /m,
  );
  expect(output).not.toContain('always.data');
  expect(code).toBe(1);
});
