/**
 * A proxy in environment variables, common in offices, is not used for addresses on this machine; errors that
 * the proxy may have caused name its variable.
 */
import { expect, test } from '@jest/globals';
import { runCommand } from 'durable-mcp/testing';
import { freePort } from '../../src/temporal/freePort';

test.each(['http_proxy', 'https_proxy', 'grpc_proxy'])(
  '%s: Temporal on this machine is reached',
  async (name) => {
    const env = { [name]: `http://127.0.0.1:${await freePort()}` };
    const { code, output } = await runCommand(
      ['sessions', 'list', '--temporal', process.env.TEST_TEMPORAL!],
      env,
    );
    expect({ code, output }).toMatchObject({ code: 0 });
  },
);

test.each(['no_proxy', 'no_grpc_proxy'])('Temporal elsewhere, without the proxy by %s', async (name) => {
  const env = { http_proxy: 'http://127.0.0.1:1', [name]: 'example.com,.invalid' };
  const { output } = await runCommand(['sessions', 'list', '--temporal', 'temporal.invalid:7233'], env);
  expect(output).toMatch(/^durable-mcp: Temporal cannot be reached at temporal\.invalid:7233; start it/);
});

test('what gRPC says of a proxy is a line of JSON in a log, and nothing between the lines of a command', async () => {
  const env = { http_proxy: `http://127.0.0.1:${await freePort()}` };
  const target = ['--temporal', 'temporal.invalid:7233'];
  const node = await runCommand(['http', 'test/fixtures/app.ts', '--port', '0', ...target], env);
  const lines = node.output.trim().split('\n');
  expect(lines.pop()).toMatch(/^durable-mcp: /);
  expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
    expect.objectContaining({ level: 40, role: 'http', of: 'gRPC', msg: expect.stringContaining('proxy') }),
  );
  const { output } = await runCommand(['sessions', 'list', ...target], env);
  expect(output.trim().split('\n')).toHaveLength(1);
});

test('Temporal elsewhere: the variable is named, without the password in it', async () => {
  const env = { http_proxy: `http://me:secret@127.0.0.1:${await freePort()}` };
  const { code, output } = await runCommand(['sessions', 'list', '--temporal', 'temporal.invalid:7233'], env);
  expect(output).toContain(
    'durable-mcp: Temporal cannot be reached at temporal.invalid:7233 through the proxy that http_proxy names; add its host to no_proxy to go without, or give --temporal HOST:PORT.\n',
  );
  expect(code).toBe(1);
});
