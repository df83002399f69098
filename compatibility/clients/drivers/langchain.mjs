/** LangChain's adapters: tools in the form that a graph gets. */
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { Cannot, obey } from './orders.mjs';

let client;
let tools;
let hear = () => undefined;

obey({
  async connect(url) {
    client = new MultiServerMCPClient({
      mcpServers: { here: { transport: 'http', url } },
      onProgress: ({ progress }) => hear(progress),
    });
    tools = await client.getTools();
  },
  list: async () => tools.map(({ name }) => name),
  async call(name, args, onProgress) {
    if (name === 'greet') throw new Cannot('it has no elicitation');
    hear = onProgress ?? hear;
    const content = await tools.find((tool) => tool.name === name).invoke(args);
    return typeof content === 'string' ? content : content[0].text;
  },
  close: () => client?.close(),
});
