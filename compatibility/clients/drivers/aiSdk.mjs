/** `@ai-sdk/mcp`: its tools in the form that a model gets. */
import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { Cannot, obey } from './orders.mjs';

let client;
let tools;

obey({
  async connect(url) {
    client = await createMCPClient({
      transport: { type: 'http', url },
      capabilities: { elicitation: {} },
      onUncaughtError: (error) => console.error(error),
    });
    client.onElicitationRequest(ElicitationRequestSchema, () => ({
      action: 'accept',
      content: { name: 'Ada' },
    }));
  },
  async list() {
    tools = await client.tools();
    return Object.keys(tools);
  },
  async call(name, args, onProgress) {
    if (onProgress) throw new Cannot('it does not ask for progress');
    const { content } = await tools[name].execute(args, { toolCallId: name, messages: [] });
    return content[0].text;
  },
  close: () => client?.close(),
});
