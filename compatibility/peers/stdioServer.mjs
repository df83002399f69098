/** A server of the official SDK over stdio that does what servers do badly. Argument: a file for its process id. */
import { writeFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const server = new McpServer({ name: 'stdio', version: '1.0.0' });
server.registerTool('hello', {}, () => text('hello'));
server.registerTool('big', {}, () => text('x'.repeat(10_000_000)));
server.registerTool('crash', {}, () => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
});
writeFileSync(process.argv[2], String(process.pid));
setInterval(() => undefined, 60_000); // as a server with a socket or a watcher of files, which does not end with its input
await server.connect(new StdioServerTransport());
