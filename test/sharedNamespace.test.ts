/**
 * Processes outside of nodes and workers reach shared maps and subscribers in the app's namespace, whether or
 * not Temporal has a namespace named `default`.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { BareClient, Cluster, TestTemporal, until } from 'durable-mcp/testing';
import { outside } from './fixtures/outside';

const namespace = 'another';
let temporal: TestTemporal;
let cluster: Cluster;
beforeAll(async () => {
  temporal = await TestTemporal.start();
  const connection = await Connection.connect({ address: temporal.address });
  const { workflowService, operatorService } = connection;
  await workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  await operatorService.deleteNamespace({ namespace: 'default' });
  // Temporal accepts requests for a namespace only a moment after the registration.
  await until(() =>
    connection.workflowService.listWorkflowExecutions({ namespace }).then(
      () => true,
      () => false,
    ),
  );
  await connection.close();
  const app = 'test/fixtures/sharedApp.ts';
  cluster = await Cluster.start({ app, nodes: 1, workers: 1, temporal: temporal.address, namespace });
});
afterAll(async () => {
  await cluster.stop();
  await temporal.remove();
});

const options = (more: object = {}) =>
  JSON.stringify({ temporal: { namespace, taskQueue: cluster.taskQueue, ...more } });

test('maps and notifications from outside reach an app in another namespace, without a `default`', async () => {
  const client = await new BareClient(cluster.url).open();
  const told = await client.get();
  await client.ask('resources/subscribe', { uri: 'board://one' });
  await outside(
    `await mcp.durableMap('m', ${options()}).set('k', 'v');
     await mcp.notifyResourceUpdated('board://one', ${options()});
     await mcp.notifyListChanged('tools', ${options()});`,
    temporal.address,
  );
  await until(() => told.messages.length === 2);
  const get = await client.call(1, 'get', { map: 'm', key: 'k' });
  await get.ended();
  expect(get.text).toBe('"v"');
  told.cut();
});

test('a namespace that does not exist is named in the error', async () => {
  const reaching = outside(
    `await mcp.durableMap('m', ${options({ namespace: 'nowhere' })}).get('k')`,
    temporal.address,
  );
  await expect(reaching).rejects.toThrow('has no namespace "nowhere"; create it');
});
