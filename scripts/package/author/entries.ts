/**
 * Imports the package's other entries. They need `@types/ms` among the package's dependencies: Temporal's
 * declarations import it, and Temporal does not install it.
 */
import { McpClientPlugin, mcpActivities } from 'durable-mcp/client/worker';
import { workflowMcp, type McpSnapshot } from 'durable-mcp/client/workflow';
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

const servers = { shop: (customer: string) => ({ url: 'https://example.com/mcp', headers: { customer } }) };
export const plugin = new McpClientPlugin({ servers });
export const activities = mcpActivities({ servers });

export async function order(snapshot?: McpSnapshot): Promise<string | undefined> {
  const shop = workflowMcp('shop', { arg: 'me', snapshot, onElicit: () => ({ action: 'decline' }) });
  return (await shop.callTool('greet')).content[0]?.text;
}
