/** The official client over a transport that forgets nothing. Usage: npx tsx examples/client/official.ts [URL] */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { DurableHttpTransport, fileStore } from 'durable-mcp/client';

async function main(url: string): Promise<void> {
  // #region transport
  const transport = new DurableHttpTransport(url, { store: fileStore('.mcp-client') });
  const client = new Client({ name: 'mine', version: '1.0.0' });
  await client.connect(transport);
  // #endregion
  console.log(transport.session?.restored, await client.listTools());
  await client.close(); // the session stays
}

void main(process.argv[2] ?? 'http://127.0.0.1:3000/mcp');
