/**
 * Features, row 13: one session with thousands of calls continues as new many times. All the while it has
 * calls in flight, a question that its client has not answered, and an open stream. No id is lost, none is
 * answered twice, and the history of every run replays.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { BareClient, type Cluster } from 'durable-mcp/testing';

const AT_ONCE = 25;
const BUNDLE = path.join(__dirname, '../dist/workflows.bundle.js');

export async function longSession(cluster: Cluster, count: number): Promise<string> {
  const client = await new BareClient(cluster.url).open({ elicitation: {} });
  const attached = await client.get();
  const asking = await client.call('ask', 'ask');
  const question = await asking.asked();

  let next = 0;
  const answered = new Set<number>();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < count) {
        const id = next++;
        const stream = await client.call(id, 'echo', { value: `${id}` });
        await stream.ended();
        assert.equal(stream.messages.length, 1, `request ${id} has ${stream.messages.length} answers`);
        assert.equal(stream.text, `${id}`);
        answered.add(id);
      }
    }),
  );
  assert.equal(answered.size, count);

  const old = await client.post(client.callMessage(0, 'echo', { value: '0' }));
  assert.equal(old.status, count > 1_000 ? 400 : 200); // an id used long ago never runs again
  const repeated = await client.call(count - 1, 'echo', { value: `${count - 1}` });
  await repeated.ended();
  assert.equal(repeated.messages.length, 1);

  assert.equal((await client.answer(question, { action: 'accept', content: { name: 'Ada' } })).status, 202);
  await asking.ended();
  assert.equal(asking.text, 'Ada');
  assert.equal(asking.messages.length, 4); // progress, the question, progress, the answer
  assert.equal(cluster.ledger.count('asked'), 1);
  assert.equal(attached.closed, false);
  attached.cut();
  const runs = await replayAll(cluster.address, `mcp-session-${client.sessionId}`);
  assert.ok(runs > Math.floor(count / 2_000), `${count} calls in ${runs} runs`);
  return `long session: ${count} calls over ${runs} runs, a question pending throughout; all runs replay`;
}

async function replayAll(address: string, workflowId: string): Promise<number> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const workflowBundle = { code: readFileSync(BUNDLE, 'utf8') };
  let runs = 0;
  for await (const { runId } of workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    runs++;
  }
  await connection.close();
  return runs;
}
