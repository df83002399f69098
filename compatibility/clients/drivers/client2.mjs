/** `@modelcontextprotocol/client` 2.x. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { obey } from './orders.mjs';

const client = new Client(
  { name: 'driver', version: '1.0.0' },
  { capabilities: { elicitation: { form: {} } } },
);
client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: 'Ada' } }));
client.onerror = (error) => console.error(error.message);

obey({
  connect: (url) => client.connect(new StreamableHTTPClientTransport(new URL(url))),
  list: async () => (await client.listTools()).tools.map(({ name }) => name),
  async call(name, args, onProgress) {
    const { content } = await client.callTool(
      { name, arguments: args },
      onProgress && { onprogress: ({ progress }) => onProgress(progress) },
    );
    return content[0].text;
  },
  close: () => client.close(),
});
