/**
 * A program starts a worker and a node with `durable-mcp/runtime`, a client calls a tool, and everything
 * stops cleanly.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { DurableMcpServer } from 'durable-mcp';
import { connect, createNode, startWorker } from 'durable-mcp/runtime';
import { BareClient, until } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';

const program = (taskQueue: string) => `
import { DurableMcpServer } from 'durable-mcp';
import { connect, createNode, startWorker } from 'durable-mcp/runtime';

const app = () => {
  const server = new DurableMcpServer({ name: 'program', version: '1.0.0' });
  server.registerTool('answer', {}, () => ({ content: [{ type: 'text', text: 'from ' + process.pid }] }));
  return server;
};

const temporal = await connect();
const workers = [];
for (let i = 0; i < 2; i++) workers.push(await startWorker({ app, temporal, taskQueue: '${taskQueue}' }));
const node = await createNode({ app, temporal, taskQueue: '${taskQueue}', port: 0 });
console.log('serving ' + node.url);
process.once('SIGTERM', async () => {
  await node.close();
  await Promise.all(workers.map((worker) => worker.stop()));
  await temporal.close();
  console.log('stopped');
});
`;

test('a worker and a node in one program', async () => {
  const source = program(`runtime-${randomUUID()}`);
  const env = { ...process.env, TEMPORAL_ADDRESS: process.env.TEST_TEMPORAL };
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { cwd: ROOT, env });
  const exited = once(child, 'exit');
  try {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const url = await until(() => /^serving (.*)$/m.exec(said)?.[1]);
    const client = await new BareClient(url).open();
    const stream = await client.call(1, 'answer');
    await stream.ended();
    expect(JSON.stringify(stream.messages)).toContain(`from ${child.pid}`);
    child.kill('SIGTERM');
    // The process exits by itself: no open handle of connection, worker or node keeps it alive.
    expect(await exited).toEqual([0, null]);
    expect(said).toMatch(/stopped\s*$/);
  } finally {
    child.kill('SIGKILL');
  }
});

const app = () => new DurableMcpServer({ name: 'options', version: '1.0.0' });

test('options that cannot be used are named in one sentence', async () => {
  const temporal = await connect({ address: process.env.TEST_TEMPORAL });
  const node = (options: object) => createNode({ app, temporal, port: 0, ...options } as never);
  const worker = (options: object) => startWorker({ app, temporal, ...options } as never);
  const wrong: [Promise<unknown>, string][] = [
    [node({ port: 'abc' }), 'The option port of createNode() cannot be used: '],
    [node({ idleTtlMs: '24h' }), 'The option idleTtlMs of createNode() cannot be used: '],
    [node({ allowHost: 'example.com' }), 'The option allowHost of createNode() cannot be used: '],
    [node({ host: '' }), 'The option host of createNode() cannot be used: '],
    [node({ auth: {} }), 'The node has nobody to let in: '],
    [node({ auth: { scope: 'read' } }), 'The option auth of createNode() cannot be used: '],
    [node({ auth: { keyFile: 'keys.json', scopes: ['a"b'] } }), 'The scope "a\\"b" cannot be one: '],
    [node({ prot: 3 }), 'What createNode() was given cannot be used: Unrecognized key: "prot".'],
    [node({ app: undefined }), 'The option app of createNode() cannot be used: it is not a function'],
    [worker({ suspendAfterMs: '30s' }), 'The option suspendAfterMs of startWorker() cannot be used: '],
    [worker({ recovery: 'slow' }), 'The option recovery of startWorker() cannot be used: '],
    [connect({ address: '' }), 'The option address of connect() cannot be used: '],
  ];
  for (const [given, sentence] of wrong) await expect(given).rejects.toThrow(sentence);
  await temporal.close();
  await expect(node({})).rejects.toThrow('The connection is closed');
});
