/**
 * Tools as the AI SDK's `ToolSet`, without importing the AI SDK into the workflow's bundle. A schema says by a
 * registered symbol that it is one of the SDK's own (version 5 and later); it is a Standard Schema too, which
 * gives it a type that needs no import.
 */
import type { Signal } from './untilAborted';
import type { CallToolResult, Tool } from './types';

/** By which the AI SDK knows what its `jsonSchema()` has made. (@ai-sdk/provider-utils, schema.ts) */
const AI_SCHEMA = Symbol.for('vercel.ai.schema');

type JsonSchema = Record<string, unknown>;

export interface McpToolSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'durable-mcp';
    readonly validate: (value: unknown) => { readonly value: Record<string, unknown> };
    readonly types?: { readonly input: Record<string, unknown>; readonly output: Record<string, unknown> };
    readonly jsonSchema: { readonly input: () => JsonSchema; readonly output: () => JsonSchema };
  };
}

export type McpToolSet = Record<
  string,
  {
    readonly description?: string;
    readonly inputSchema: McpToolSchema;
    readonly execute: (
      input: Record<string, unknown>,
      options?: { abortSignal?: Signal },
    ) => Promise<CallToolResult>;
  }
>;

type CallTool = (name: string, args: object, options: { signal?: Signal }) => Promise<CallToolResult>;

export const toolSetOf = (tools: readonly Tool[], callTool: CallTool): McpToolSet =>
  Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [
      name,
      {
        description,
        inputSchema: schemaOf(inputSchema),
        execute: (input, options) => callTool(name, input, { signal: options?.abortSignal }),
      },
    ]),
  );

/** The server checks the arguments; models get the schema as the server gave it. */
function schemaOf(inputSchema: Tool['inputSchema']): McpToolSchema {
  const schema = { properties: {}, ...inputSchema };
  const validate = (value: unknown) => ({ value: value as Record<string, unknown> });
  const standard = {
    version: 1,
    vendor: 'durable-mcp',
    validate,
    jsonSchema: { input: () => schema, output: () => schema },
  } as const;
  return Object.assign(
    { '~standard': standard },
    { [AI_SCHEMA]: true, _type: undefined, jsonSchema: schema, validate: undefined },
  );
}
