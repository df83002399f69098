/**
 * Specification, lifecycle, "Version Negotiation", and features, "Protocol": every revision that the SDK
 * knows can be negotiated, and is served.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

async function negotiate(protocolVersion: string): Promise<{ client: BareClient; agreed: string }> {
  const client = new BareClient(cluster.url, protocolVersion);
  const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'old', version: '1' } };
  const response = await client.post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  const { result } = (await response.json()) as {
    result: { protocolVersion: string; capabilities: object; serverInfo: object };
  };
  expect(result).toMatchObject({ capabilities: { tools: {} }, serverInfo: { name: 'fixture' } });
  client.sessionId = response.headers.get('mcp-session-id') ?? '';
  return { client, agreed: result.protocolVersion };
}

test.each(SUPPORTED_PROTOCOL_VERSIONS)(
  '%s: the server agrees, and tells progress, log messages, the answer, and what a GET hears',
  async (version) => {
    const { client, agreed } = await negotiate(version);
    expect(agreed).toBe(version);
    expect((await client.initialized()).status).toBe(202);
    expect((await cluster.stateOf(client.sessionId)).session.protocolVersion).toBe(version);

    const call = await client.call(1, 'count', { to: 2 });
    await call.ended();
    expect(call.messages).toMatchObject([
      { method: 'notifications/progress', params: { progress: 1 } },
      { method: 'notifications/message', params: { data: { i: 1 } } },
      { method: 'notifications/progress', params: { progress: 2 } },
      { method: 'notifications/message', params: { data: { i: 2 } } },
      { id: 1, result: { content: [{ text: 'counted to 2' }] } },
    ]);
    const rest = await client.get(call.events.at(-2)!.id);
    await rest.ended();
    expect(rest.messages).toEqual(call.messages.slice(-1));

    const listener = await client.get();
    await (await client.call(2, 'announce', { uri: 'news' })).ended();
    await listener.has(version === '2025-11-25' ? 2 : 1); // clients of 2025-11-25 get a priming event first
    expect(listener.messages).toMatchObject([{ params: { uri: 'news' } }]);
    listener.cut();
    expect(await client.ask('prompts/get', { name: 'greet', arguments: { name: 'Ada' } })).toMatchObject({
      result: { messages: [{ content: { text: 'Hello Ada' } }] },
    });
  },
);

test.each(['2099-01-01', 'latest', ''])(
  'asked for %p, which nobody knows, it offers the latest',
  async (version) => {
    expect((await negotiate(version)).agreed).toBe('2025-11-25');
  },
);
