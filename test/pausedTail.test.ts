/** A tail that is resumed at any moment after its pause logs no warning and misses no event. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { Tail } from '../src/log/tail';
import { connect } from '../src/temporal/connect';
import { startCluster } from './fixtures/startCluster';
import { logOfSession } from '../src/wire/logRef';

let cluster: Cluster;
let client: Client;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
  client = await connect({ address: cluster.address, namespace: 'default' });
});
afterAll(async () => {
  await client.connection.close();
  await cluster.stop();
});

test('it goes on before its cancelled poll has returned: without a warning', async () => {
  const { sessionId } = await new BareClient(cluster.url).open();
  const warnings: string[] = [];
  const log = { warn: (_about: object, text: string) => void warnings.push(text) };
  const tail = await Tail.open(client, logOfSession(sessionId), log);
  await tail.catchUp(); // the client's first messages may be in the log only after the end of the session's first workflow task
  const heard: unknown[] = [];
  tail.onNotified.add((message) => heard.push(message));
  for (let i = 1; i <= 20; i++) {
    tail.pause();
    tail.resume();
    const handle = await cluster.workflowOf(sessionId);
    await handle.signal('clientMessage', { message: { jsonrpc: '2.0', method: `notifications/${i}` } });
    await until(() => heard.length === i);
  }
  expect(warnings).toEqual([]);
  tail.close();
});
