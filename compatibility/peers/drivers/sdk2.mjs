/** `@modelcontextprotocol/client`. The next process is given the session's id, as the transport offers it. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { config, drive, keepSession, keptSession } from './driver.mjs';

const { url, command, args } = config;
const client = new Client({ name: 'driver', version: '1.0.0' });
client.onerror = (error) => console.error(error.message);

drive({
  async connect() {
    if (command) return client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
    const transport = new StreamableHTTPClientTransport(new URL(url), keptSession());
    await client.connect(transport);
    keepSession({ sessionId: transport.sessionId, protocolVersion: transport.protocolVersion });
  },
  list: () => client.listTools(),
  call: (name, args) => client.callTool({ name, arguments: args }),
  close: () => client.close(),
});
