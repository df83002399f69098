/** A session of the official client, for the product and for the SDK's own server alike. */
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

  /** The client numbers its requests, so each call has an id of its own in the session. */
  async call(): Promise<void> {
    const text = String(this.calls++);
    const { content, isError } = await this.client.callTool({ name: 'echo', arguments: { text } });
    const [first] = content as { text?: string }[];
    if (isError || first?.text !== text)
      throw new Error(`Call ${text} was answered with ${JSON.stringify(content)}.`);
  }

  /** A call that takes `ms` milliseconds. */
  async work(ms: number): Promise<void> {
    const { isError } = await this.client.callTool({ name: 'work', arguments: { ms } });
    if (isError) throw new Error('A call of the tool `work` was answered with an error.');
  }

  /**
   * A call that sends `messages` progress messages before its answer.
   * @throws Error unless all of them arrive
   */
  async tell(messages: number): Promise<void> {
    let heard = 0;
    const onprogress = () => void heard++;
    const params = { name: 'tell', arguments: { messages, thenMs: 0 } };
    await this.client.callTool(params, undefined, { onprogress });
    if (heard !== messages) throw new Error(`Of ${messages} progress messages ${heard} came.`);
  }

  async ping(): Promise<void> {
    await this.client.ping();
  }

  async listTools(): Promise<void> {
    const { tools } = await this.client.listTools();
    if (tools.length === 0) throw new Error('The server listed no tools.');
  }

  async close(): Promise<void> {
    await this.transport.terminateSession();
    await this.client.close();
  }
}
