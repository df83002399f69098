/**
 * `@modelcontextprotocol/sdk`, from its first version with Streamable HTTP to its last. Arguments, if any:
 * the command of a server on standard input and output, which gets the url as its last argument and to which
 * the client connects instead.
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import { Cannot, obey } from './orders.mjs';

const { ElicitRequestSchema } = types;
const [command, ...args] = process.argv.slice(2);
const transportTo = (url) =>
  command
    ? new StdioClientTransport({ command, args: [...args, url], env: process.env, stderr: 'inherit' })
    : new StreamableHTTPClientTransport(new URL(url));
const client = new Client(
  { name: 'driver', version: '1.0.0' },
  { capabilities: ElicitRequestSchema ? { elicitation: {} } : {} },
);
if (ElicitRequestSchema)
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada' } }));
client.onerror = (error) => console.error(error.message);

obey({
  connect: (url) => client.connect(transportTo(url)),
  async list() {
    const names = [];
    let cursor;
    do {
      const page = await client.listTools({ cursor });
      names.push(...page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor);
    return names;
  },
  async call(name, args, onProgress) {
    if (name === 'greet' && !ElicitRequestSchema) throw new Cannot('it has no elicitation');
    const { content } = await client.callTool(
      { name, arguments: args },
      undefined,
      onProgress && { onprogress: ({ progress }) => onProgress(progress) },
    );
    return content[0].text;
  },
  close: () => client.close(),
});
