/** An IPv6 address is accepted with and without brackets, and printed with them. */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { BareClient, runCommand, startCommand } from 'durable-mcp/testing';

const temporal = ['--temporal', process.env.TEST_TEMPORAL!, '--task-queue', `test-${randomUUID()}`];

test.each(['::1', '[::1]'])('--host %s', async (host) => {
  const node = await startCommand([
    'http',
    'test/fixtures/app.ts',
    '--host',
    host,
    '--port',
    '0',
    ...temporal,
  ]);
  try {
    expect(node.ready).toMatch(/^http:\/\/\[::1\]:\d+\/mcp$/);
    const client = await new BareClient(node.ready).open();
    expect(await client.ask('tools/list')).toHaveProperty('result');
    const again = [
      'http',
      'test/fixtures/app.ts',
      '--host',
      host,
      '--port',
      new URL(node.ready).port,
      ...temporal,
    ];
    expect((await runCommand(again)).output).toContain(
      `cannot listen on [::1]:${new URL(node.ready).port}: the port is in use`,
    );
  } finally {
    await node.kill();
  }
});
