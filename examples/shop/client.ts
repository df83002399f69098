/**
 * Calls the tools of the shop one after the other with the official client, which is independent of
 * durable-mcp. Usage: npx tsx examples/shop/client.ts [URL]
 */
import { randomUUID } from 'node:crypto';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';

const url = process.argv[2] ?? 'http://127.0.0.1:3000/mcp';

async function main(): Promise<void> {
  const client = new Client({ name: 'shop-walk', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    console.log(`  ? ${params.message} Yes, and wrap it.`);
    return { action: 'accept', content: { giftWrap: true } };
  });
  const transport = new StreamableHTTPClientTransport(new URL(url));
  await client.connect(transport);
  console.log(`Opened session ${transport.sessionId} at ${url}`);

  async function call(name: string, args: Record<string, unknown>): Promise<void> {
    console.log(`\n${name} ${JSON.stringify(args)}`);
    const onprogress = ({ message }: { message?: string }) => {
      console.log(`  … ${message}`);
    };
    const result = (await client.callTool({ name, arguments: args }, undefined, {
      onprogress,
    })) as CallToolResult;
    const [first] = result.content;
    const answer = first?.type === 'text' ? first.text : JSON.stringify(first);
    console.log(`  ${result.isError ? 'error: ' : ''}${answer.replaceAll('\n', '\n  ')}`);
  }

  const customer = `customer-${randomUUID().slice(0, 8)}`;
  const { tools } = await client.listTools();
  console.log(`Tools: ${tools.map(({ name }) => name).join(', ')}`);
  await call('search_products', { query: 'e' });
  await call('reserve', { product: 'mug', quantity: 2 });
  await call('charge', { customer, cents: 2400 });
  await call('checkout', { customer, product: 'tea', quantity: 4, secondsPerItem: 0.5 });
  await call('count_charges', { customer });
  await call('reserve', { product: 'unicorn', quantity: 1 });

  await transport.terminateSession();
  await client.close();
  console.log('\nSession ended. Its whole history stands in the Temporal UI.');
}

main().catch((error: unknown) => {
  console.error(
    `The walk failed: ${error instanceof Error ? error.message : String(error)} (is a server running at ${url}?)`,
  );
  process.exit(1);
});
