/** Calls `greet` with the official client. Usage: npx tsx examples/quickstart/client.ts [URL] */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

async function main(): Promise<void> {
  const url = new URL(process.argv[2] ?? 'http://127.0.0.1:3000/mcp');
  const client = new Client({ name: 'quickstart', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(url);
  await client.connect(transport);
  console.log(`session ${transport.sessionId} calls greet`);
  const { content } = await client.callTool({ name: 'greet', arguments: { name: 'Ada' } });
  console.log(JSON.stringify(content));
  await client.close();
}

void main();
