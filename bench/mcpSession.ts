/** A session of the official client, over server-sent events: the same for the product and for the server in memory. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Session } from './subject';

export class McpSession implements Session {
  private calls = 0;

  private constructor(
    private readonly client: Client,
    private readonly transport: StreamableHTTPClientTransport,
    readonly id: string,
  ) {}

  static async open(url: string): Promise<McpSession> {
    const client = new Client({ name: 'bench', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(new URL(url));
    await client.connect(transport);
    if (!transport.sessionId) throw new Error(`The server at ${url} opened no session.`);
    return new McpSession(client, transport, transport.sessionId);
  }

  /** The client numbers its requests itself, so each has an id of its own in the session. */
  async call(): Promise<void> {
    const text = String(this.calls++);
    const { content, isError } = await this.client.callTool({ name: 'echo', arguments: { text } });
    const [first] = content as { text?: string }[];
    if (isError || first?.text !== text)
      throw new Error(`Call ${text} was answered with ${JSON.stringify(content)}.`);
  }

  async close(): Promise<void> {
    await this.transport.terminateSession();
    await this.client.close();
  }
}
