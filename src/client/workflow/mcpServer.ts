/** The server as an `MCPServer` of the OpenAI Agents SDK, without importing that SDK into the workflow's bundle. */
import type { CallToolResult, ContentBlock, Tool } from './types';
import type { Signal } from './untilAborted';

interface AgentsTool {
  name: string;
  description?: string;
  inputSchema: {
    type: 'object';
    properties: Record<string, unknown>;
    required: string[];
    additionalProperties: boolean;
  };
}

type Arguments = Record<string, unknown> | null;
interface CallOptions {
  signal?: Signal;
}

/** Structurally the `MCPServer` of `@openai/agents`. */
export interface AgentsMcpServer {
  readonly name: string;
  cacheToolsList: boolean;
  connect(): Promise<void>;
  close(): Promise<void>;
  listTools(): Promise<AgentsTool[]>;
  callTool(tool: string, args: Arguments, meta?: Arguments, options?: CallOptions): Promise<ContentBlock[]>;
  callToolResult(
    tool: string,
    args: Arguments,
    meta?: Arguments,
    options?: CallOptions,
  ): Promise<CallToolResult>;
  invalidateToolsCache(): Promise<void>;
}

/** What the adapter needs of a `WorkflowMcp`. */
interface Mcp {
  readonly name: string;
  open(): Promise<unknown>;
  listTools(): Promise<Tool[]>;
  callTool(
    name: string,
    args: object,
    options: { meta?: Record<string, unknown>; signal?: Signal },
  ): Promise<CallToolResult>;
}

export function asMcpServer(mcp: Mcp): AgentsMcpServer {
  const callToolResult: AgentsMcpServer['callToolResult'] = (tool, args, meta, options) =>
    mcp.callTool(tool, args ?? {}, { meta: meta ?? undefined, signal: options?.signal });
  return {
    name: mcp.name,
    // The SDK's cache is one of the process, and a workflow may not read what other workflows have written.
    cacheToolsList: false,
    connect: async () => {
      await mcp.open();
    },
    // The session is the workflow's: `end()` ends it.
    close: async () => undefined,
    listTools: async () => (await mcp.listTools()).map(agentsTool),
    callTool: async (...call) => (await callToolResult(...call)).content,
    callToolResult,
    invalidateToolsCache: async () => undefined,
  };
}

function agentsTool({ name, description, inputSchema }: Tool): AgentsTool {
  const { properties = {}, required = [], additionalProperties = false, ...rest } = inputSchema;
  return {
    name,
    description,
    inputSchema: {
      ...rest,
      properties,
      required: [...required],
      additionalProperties: additionalProperties as boolean,
    },
  };
}
