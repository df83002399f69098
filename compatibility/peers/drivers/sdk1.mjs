/** `@modelcontextprotocol/sdk`. The next process is given the session's id, as the transport offers it. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { config, drive, keepSession, keptSession } from './driver.mjs';

const { url, command, args } = config;
const client = new Client({ name: 'driver', version: '1.0.0' });
client.onerror = (error) => console.error(error.message);

drive({
  async connect() {
    if (command) return client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      sessionId: keptSession()?.sessionId,
    });
    await client.connect(transport);
    keepSession({ sessionId: transport.sessionId });
  },
  list: () => client.listTools(),
  call: (name, args) => client.callTool({ name, arguments: args }),
  close: () => client.close(),
});
