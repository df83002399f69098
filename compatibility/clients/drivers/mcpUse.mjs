/** mcp-use's client. */
import { obey } from './orders.mjs';

process.env.MCP_USE_ANONYMIZED_TELEMETRY = 'false'; // the machine may have no internet
const { MCPClient } = await import('mcp-use/client');

let client;
let session;

obey({
  async connect(url) {
    const onElicitation = async () => ({ action: 'accept', content: { name: 'Ada' } });
    client = new MCPClient({ mcpServers: { here: { url } } }, { onElicitation });
    session = await client.createSession('here');
  },
  list: async () => (await session.listTools()).map(({ name }) => name),
  async call(name, args, onProgress) {
    const options = onProgress && { onprogress: ({ progress }) => onProgress(progress) };
    const { content } = await session.callTool(name, args, options);
    return content[0].text;
  },
  close: () => client?.closeAllSessions(),
});
