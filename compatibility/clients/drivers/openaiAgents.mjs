/** OpenAI's agents: the server in the form that an agent gets. */
import { MCPServerStreamableHttp } from '@openai/agents';
import { Cannot, obey } from './orders.mjs';

let server;

obey({
  async connect(url) {
    server = new MCPServerStreamableHttp({ url });
    await server.connect();
  },
  list: async () => (await server.listTools()).map(({ name }) => name),
  async call(name, args, onProgress) {
    if (onProgress) throw new Cannot('it does not ask for progress');
    if (name === 'greet') throw new Cannot('it has no elicitation');
    const [first] = await server.callTool(name, args);
    return first.text;
  },
  close: () => server?.close(),
});
