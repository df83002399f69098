/**
 * Imports the package's other entries. They need `@types/ms` among the package's dependencies: Temporal's
 * declarations import it, and Temporal does not install it.
 */
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
