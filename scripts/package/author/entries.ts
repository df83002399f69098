/** The package's other entries beside the app: `@types/ms` is a dependency for them, since Temporal's declarations need it and do not bring it. */
import { createNode, connect, startWorker } from 'durable-mcp/runtime';
import { callTool, textOf } from 'durable-mcp/testing';
import app from './app.js';

export async function serve(): Promise<string> {
  const temporal = await connect();
  await startWorker({ app, temporal });
  const { url } = await createNode({ app, temporal, port: 0 });
  return url;
}

export const tested = async (): Promise<boolean> => textOf((await callTool(app, 'greet')).result) === 'hello';
