/** Starts a release, and approves it once the server asks. Usage: npx tsx examples/workflow-client/start.ts [REASON] */
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { approve, question, release } from './workflows';

async function main(): Promise<void> {
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS });
  const { workflow } = new Client({ connection });
  const options = { taskQueue: 'releases', workflowId: `release-${Date.now()}`, args: ['1.2.0'] as [string] };
  const handle = await workflow.start(release, options);
  let asked: string | undefined;
  while ((asked = await handle.query(question)) === undefined) await pause(200);
  console.log(`? ${asked}`);
  await handle.signal(approve, process.argv[2] ?? 'It is Friday.');
  console.log(await handle.result());
  await connection.close();
}

void main();
