/**
 * Features, rows 19, 22 and 23: `durable-mcp sessions` shows what a session did, after everything has
 * restarted and after the session has ended.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { AuditLine } from '../../src/log/audit';
import { freePort } from '../../src/temporal/freePort';
import { BareClient, type Cluster, Recorded, runCommand, spawnCommand, until } from 'durable-mcp/testing';
import { startGate } from '../fixtures/gate';
import { nextRun } from '../fixtures/nextRun';
import { startCluster } from '../fixtures/startCluster';

let address = '';
let cluster: Cluster;

/** Runs `durable-mcp sessions`; resolves with its output, and rejects if the command fails. */
async function sessions(...args: string[]): Promise<string> {
  const { code, output } = await runCommand(['sessions', ...args, '--temporal', address]);
  if (code !== 0) throw new Error(`sessions ${args.join(' ')} exited with ${code}: ${output}`);
  return output;
}

async function exported(id: string): Promise<AuditLine[]> {
  const lines = (await sessions('export', id)).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as AuditLine);
}

/** The line of `list` for a session. Waits for it, since visibility is eventually consistent. */
const listed = (id: string, ...args: string[]): Promise<string> =>
  until(async () =>
    (await sessions('list', ...args)).split('\n').find((line: string) => line.startsWith(id)),
  );

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1, temporal: 'own' });
  address = cluster.address;
});
afterAll(() => cluster.stop());

test('list reads no log, and says so where there is nothing to list', async () => {
  const gate = await startGate(address);
  const list = (...args: string[]) => runCommand(['sessions', 'list', ...args, '--temporal', gate.address]);
  try {
    gate.refuse({
      methods: /^(GetWorkflowExecutionHistory|DescribeWorkflowExecution)/,
      code: 7,
      message: 'no',
    });
    expect(await list()).toEqual({
      code: 0,
      output: 'No session is running; --all shows those that have ended, as long as Temporal keeps them.\n',
    });
    const client = await new BareClient(cluster.url).open();
    const rowOf = () =>
      until(async () =>
        (await list('--all')).output.split('\n').find((line) => line.startsWith(client.sessionId)),
      );
    const row = await rowOf();
    expect(row).toContain('bare 1');
    await nextRun(cluster, client);
    expect(await rowOf()).toBe(row);
    expect([...gate.refused.keys()]).toEqual([]);
  } finally {
    await gate.close();
  }
});

test('every message in and out is exported in order, after everything was killed and started again, and after the end', async () => {
  const client = await new BareClient(cluster.url).open();
  const sent: unknown[] = [];
  const ask = async (id: number, name: string, args: Record<string, unknown>): Promise<Recorded> => {
    sent.push(client.callMessage(id, name, args));
    const stream = await client.call(id, name, args);
    await stream.ended();
    return stream;
  };
  const answers: unknown[] = [];
  const configure = async (id: string, method: string, params: object) => {
    const message = { jsonrpc: '2.0', id, method, params };
    sent.push(message);
    const stream = new Recorded(await client.post(message), new AbortController());
    await stream.ended();
    answers.push(...stream.messages);
  };
  await configure('level', 'logging/setLevel', { level: 'info' });
  await configure('on', 'resources/subscribe', { uri: 'info://session' });
  await configure('off', 'resources/unsubscribe', { uri: 'info://session' });
  const counted = await ask(1, 'count', { to: 3 });
  const flaky = await ask(2, 'flaky', { failures: 1 });
  const again = await ask(1, 'count', { to: 3 });
  expect(again.messages).toEqual(counted.messages);
  const received = [...answers, ...counted.messages, ...flaky.messages];

  await cluster.killEverything();
  await cluster.temporal.restart();

  const withoutWorkers = await exported(client.sessionId);
  await Promise.all([cluster.startNode(), cluster.startWorker()]);
  const [initialize, initialized, ...rest] = withoutWorkers;
  expect(initialize).toMatchObject({
    direction: 'in',
    message: {
      id: 'initialize',
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', clientInfo: { name: 'bare', version: '1' } },
    },
  });
  expect(initialized).toMatchObject({
    direction: 'out',
    message: { id: 'initialize', result: { serverInfo: { name: 'fixture' } } },
  });
  const inwards = rest.filter(({ direction }) => direction === 'in');
  expect(inwards.map(({ message }) => message)).toEqual([
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    ...sent,
  ]);
  expect(inwards.map(({ verdict }) => verdict)).toEqual([...inwards.slice(1).map(() => undefined), 'repeat']);
  const outwards = rest.filter(({ direction }) => direction === 'out');
  expect(outwards.map(({ message }) => message)).toEqual(received);
  // The messages are in the order of the event ids that the client saw, and each answer comes after its request.
  expect(outwards.slice(answers.length).map(({ eventId }) => eventId)).toEqual(
    [...counted.events, ...flaky.events].filter(({ message }) => message).map(({ id }) => id),
  );
  const place = (direction: string, id: unknown) =>
    rest.findIndex(
      ({ direction: d, message }) =>
        d === direction && 'id' in message && message.id === id && !('method' in message === (d === 'out')),
    );
  for (const id of ['level', 'on', 'off', 1, 2]) expect(place('in', id)).toBeLessThan(place('out', id));
  const times = withoutWorkers.map(({ time }) => time);
  expect(times.map((time) => new Date(time).toISOString())).toEqual(times);
  expect([...times].sort()).toEqual(times);

  expect((await client.delete()).status).toBe(204);
  expect(await exported(client.sessionId)).toEqual(withoutWorkers);
});

test('list and show say who is connected and what is running, as the workflow itself does, after its worker was killed', async () => {
  const client = await new BareClient(cluster.url).open();
  await client.call('open', 'gated', { name: 'shown' });
  await until(() => cluster.ledger.find('shown started'));
  const other = await new BareClient(cluster.url).open();

  await cluster.killWhoDid('shown started');
  cluster.workers.splice(0);
  await cluster.startWorker();
  await until(() => cluster.ledger.find('shown started attempt 2'));

  const connection = await Connection.connect({ address });
  const handle = new Client({ connection }).workflow.getHandle(`mcp-session-${client.sessionId}`);
  expect(await handle.query('state')).toMatchObject({
    session: { id: client.sessionId, protocolVersion: '2025-11-25', client: { name: 'bare', version: '1' } },
    initialized: true,
    callsInFlight: [{ requestId: 'open', method: 'tools/call', name: 'gated' }],
  });
  await connection.close();

  const row = /^\S+ +bare 1 +2025-11-25 +anonymous +running +\d{4}-\S+Z$/;
  expect(await listed(client.sessionId)).toMatch(row);
  const active = await listed(client.sessionId, '--activity');
  expect(active).toMatch(/ running +\d{4}-\S+Z +1 +\d{4}-\S+Z$/);
  const all = await sessions('list');
  expect(all.indexOf(other.sessionId)).toBeLessThan(all.indexOf(client.sessionId));
  const shown = await sessions('show', client.sessionId.slice(0, 10));
  expect(shown).toMatch(/^client +bare 1$/m);
  expect(shown).toMatch(/^protocol +2025-11-25$/m);
  expect(shown).toMatch(/^state +running, initialized$/m);
  expect(shown).toMatch(/^calls in flight +1$/m);
  expect(shown).toMatch(/^ {2}#"open" tools\/call gated, for .*, attempt 2 after: .*timeout/m);
  expect(shown).toMatch(/^\S+Z → #"open" +tools\/call gated +\{"name":"shown"\}$/m);

  cluster.ledger.open('shown');
  await until(async () => (await sessions('show', client.sessionId)).includes('shown done'));
  const after = await sessions('show', client.sessionId);
  expect(after).toMatch(/^calls in flight +0$/m);
  expect(after).toMatch(/^\S+Z · #"open" +attempt 2 +after: .*timeout/m);
  expect(after).toMatch(/^\S+Z ← #"open" +result +shown done \(.* s\)$/m);
});

test('show --follow goes on until the session is ended, which its client learns', async () => {
  const client = await new BareClient(cluster.url).open();
  await (await client.call(1, 'echo', { value: 'before' })).ended();
  const follow = spawnCommand(['sessions', 'show', client.sessionId, '--follow', '--temporal', address]);
  await until(() => follow.output().includes('{"value":"before"}'));
  await (await client.call(2, 'echo', { value: 'live' })).ended();
  await until(() => /← #2 +result +live/.test(follow.output()));
  expect(follow.output().match(/→ #1 /g)).toHaveLength(1);

  expect(await sessions('end', client.sessionId)).toBe(`ended ${client.sessionId}\n`);
  expect(await follow.code).toBe(0);
  expect(follow.output()).toMatch(/· +ended +ended by the operator\n$/);
  expect((await client.post(client.callMessage(3, 'echo', { value: 'after' }))).status).toBe(404);
  expect(await listed(client.sessionId, '--all')).toContain(' ended ');
  await until(async () => !(await sessions('list')).includes(client.sessionId));
});

test('what a client calls itself cannot command the terminal', async () => {
  const client = new BareClient(cluster.url);
  const clientInfo = { name: 'red\u001b[31m\nalert', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const response = await client.post({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  const id = response.headers.get('mcp-session-id')!;
  expect(await listed(id)).toContain(' red [31m alert 1 ');
  expect(await sessions('show', id)).not.toContain('\u001b');
});

test('what is wrong is said in one sentence', async () => {
  const expectSentence = async (sentence: RegExp, ...args: string[]) => {
    const { code, output } = await runCommand(['sessions', ...args]);
    expect(output).toMatch(sentence);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  };
  const none = '00000000-0000-4000-8000-000000000000';
  for (const command of ['show', 'export', 'end']) {
    await expectSentence(/^durable-mcp: There is no session 0000/, command, none, '--temporal', address);
  }
  await expectSentence(/^durable-mcp: There is no session '/, 'show', "' OR 1=1", '--temporal', address);
  const nobody = `127.0.0.1:${await freePort()}`;
  await expectSentence(/^durable-mcp: Temporal cannot be reached at/, 'list', '--temporal', nobody);

  const client = await new BareClient(cluster.url).open();
  await client.delete();
  await until(
    async () => (await runCommand(['sessions', 'end', client.sessionId, '--temporal', address])).code,
  );
  await expectSentence(/has ended already/, 'end', client.sessionId, '--temporal', address);
});
