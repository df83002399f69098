/** The calls of tools that an earlier process left, as their callers would have had them. */
import { CallToolResultSchema, McpError, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { JSONRPCResponse } from '../../wire/messages';
import type { RecoveredCall } from '../core/recovery';

export interface RecoveredToolCall {
  /** On the wire. */
  readonly id: string;
  readonly key?: string;
  readonly name: string;
  readonly arguments: Record<string, unknown>;
  readonly sentAt: Date;
  /** Rejects with `OutcomeUnknown` if it may have run and the answer cannot be had. */
  readonly result: Promise<CallToolResult>;
}

export async function* recoveredCalls(
  calls: AsyncIterable<RecoveredCall>,
): AsyncGenerator<RecoveredToolCall> {
  for await (const { id, key, params, sentAt, response } of calls) {
    const { name, arguments: args = {} } = (params ?? {}) as {
      name: string;
      arguments?: Record<string, unknown>;
    };
    const result = response.then(resultOf);
    result.catch(() => undefined); // whoever reads it hears of it
    yield { id, key, name, arguments: args, sentAt, result };
  }
}

function resultOf(response: JSONRPCResponse): CallToolResult {
  if ('result' in response) return CallToolResultSchema.parse(response.result);
  const { code, message, data } = response.error;
  throw new McpError(code, message, data);
}
