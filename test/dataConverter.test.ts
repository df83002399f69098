/**
 * With a payload codec, none of a session's messages can be read in Temporal; nodes, workers and commands
 * with the codec work as before.
 */
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, runCommand, startCommand, type Cluster } from 'durable-mcp/testing';
import { workflowIdOf } from '../src/wire/session';
import { alwaysSuspending } from './fixtures/alwaysSuspending';
import { startCluster } from './fixtures/startCluster';

const SECRET = 'nobody-may-read-this';
const CODEC = ['--data-converter', 'test/fixtures/aesCodec.ts'];
const APP = 'test/fixtures/secretApp.ts';

let cluster: Cluster;
let client: BareClient;
let answers: string;
beforeAll(async () => {
  cluster = await startCluster({ app: APP, nodes: 1, workers: 1, nodeArgs: CODEC, workerArgs: CODEC });
  client = await new BareClient(cluster.url).open();
  const long = await client.call(1, 'keep', { secret: SECRET });
  await long.ended();
  const short = await client.call(2, 'keep-briefly', { secret: SECRET });
  await short.ended();
  answers = JSON.stringify([long.messages, short.messages]);
});
afterAll(() => cluster.stop());

const temporal = () => ['--temporal', cluster.address];
const common = () => [...temporal(), '--task-queue', cluster.taskQueue];

test('calls are answered, retries included', () => {
  expect(answers).toContain(`kept ${SECRET}`);
  expect(answers).toContain(`kept ${SECRET} briefly`);
});

test('nothing that was said stands in the history, the memo or the errors of attempts', async () => {
  const connection = await Connection.connect({ address: cluster.address });
  try {
    const asked = { namespace: 'default', execution: { workflowId: workflowIdOf(client.sessionId) } };
    const { history } = await connection.workflowService.getWorkflowExecutionHistory(asked);
    const described = await connection.workflowService.describeWorkflowExecution(asked);
    const readable = JSON.stringify([history, described], asText);
    expect(readable).toContain('handleRequest'); // control: text that is not encrypted is found
    expect(readable).toContain('binary/encrypted');
    expect(readable).toContain('anonymous'); // search attributes are not encoded
    expect(readable).not.toContain(SECRET);
    expect(readable).not.toContain('failed with');
  } finally {
    await connection.close();
  }
});

/** Decodes the bytes fields, which protobuf writes as base64. */
const asText = (name: string, value: unknown): unknown =>
  ['data', 'encoding'].includes(name) && typeof value === 'string'
    ? Buffer.from(value, 'base64').toString('latin1')
    : value;

test('sessions show, export and list read it with the codec', async () => {
  const show = await runCommand(['sessions', 'show', client.sessionId, ...temporal(), ...CODEC]);
  expect(show.output).toContain(
    alwaysSuspending ? 'after: Every attempt runs twice.' : `after: failed with ${SECRET}`,
  );
  const exported = await runCommand(['sessions', 'export', client.sessionId, ...temporal()], {
    DURABLE_MCP_DATA_CONVERTER: 'test/fixtures/aesCodec.ts',
  });
  expect(exported.output).toContain(`kept ${SECRET}`);
  const list = await runCommand(['sessions', 'list', ...temporal(), ...CODEC]);
  expect(list.output).toMatch(new RegExp(`${client.sessionId} .* anonymous`));
});

test('sessions show without it, and with another key, says what is missing', async () => {
  const show = ['sessions', 'show', client.sessionId, ...temporal()];
  const without = await runCommand(show);
  expect(without.output).toMatch(
    /^durable-mcp: A session's payloads are encoded as "binary\/encrypted", which this process has no data converter for; give it the --data-converter/,
  );
  expect(without.code).toBe(1);
  const other = await runCommand([...show, ...CODEC], { CODEC_KEY: 'other' });
  expect(other.code).toBe(1);
});

test.each(['http', 'worker'])('%s without it says so at its start', async (role) => {
  const port = role === 'http' ? ['--port', '0'] : [];
  await expect(startCommand([role, APP, ...port, ...common()])).rejects.toThrow(
    /payloads are encoded as "binary\/encrypted", which this process has no data converter for/,
  );
});

test('a worker with another key says so at its start', async () => {
  await expect(startCommand(['worker', APP, ...common(), ...CODEC], { CODEC_KEY: 'other' })).rejects.toThrow(
    /cannot decode what another has written .* the same --data-converter/,
  );
});
