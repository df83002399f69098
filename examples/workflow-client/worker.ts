/**
 * The worker of the workflows. Usage, beside `npx durable-mcp dev examples/questions/server.ts`:
 * npx tsx examples/workflow-client/worker.ts [URL]
 */
import path from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { McpClientPlugin } from 'durable-mcp/client/worker';

async function main(): Promise<void> {
  const url = process.argv[2] ?? 'http://127.0.0.1:3000/mcp';
  const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
  // #region worker
  const worker = await Worker.create({
    connection,
    taskQueue: 'releases',
    workflowsPath: path.join(__dirname, 'workflows.ts'),
    plugins: [new McpClientPlugin({ servers: { deployer: { url } } })],
  });
  // #endregion
  const stop = () => {
    worker.shutdown();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await worker.run();
  await connection.close();
}

void main();
