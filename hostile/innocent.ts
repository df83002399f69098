/**
 * A call of a well-behaved client: a request that is refused for now, or cut, is sent again to the other node
 * with the same id.
 */
import { setTimeout as pass } from 'node:timers/promises';
import { isJSONRPCResultResponse, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { textOf, type BareClient } from 'durable-mcp/testing';

const AGAIN_AFTER_MS = 100;

/** The end of a call. */
export type End =
  | { readonly kind: 'answered' }
  /** An at-most-once call whose worker died: its answer says that the outcome is unknown. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly why: string }
  /** The client has stopped waiting. */
  | { readonly kind: 'left' };

export interface Innocent {
  /** How many of the client's requests were refused for now, or cut. */
  turnedAway: number;
  readonly client: BareClient;
}

/** Resolves with the end of the call. Retries refused and cut requests until `signal` aborts. */
export async function callOf(
  innocent: Innocent,
  nodes: readonly string[],
  id: number,
  tool: string,
  args: Record<string, unknown>,
  expected: string,
  signal: AbortSignal,
): Promise<End> {
  const { client } = innocent;
  for (let turn = id; ; turn++) {
    client.url = nodes[turn % nodes.length] ?? '';
    const answer = await answerTo(client, id, tool, args, signal).catch(() => undefined);
    if (signal.aborted) return { kind: 'left' };
    if (answer && 'message' in answer) return endOf(answer.message, expected);
    if (answer && !isForNow(answer.status))
      return { kind: 'failed', why: `${answer.status}: ${answer.body.slice(0, 200)}` };
    innocent.turnedAway++;
    await pass(Math.max(AGAIN_AFTER_MS, answer?.retryAfterMs ?? 0));
  }
}

type Answer =
  | { readonly message: JSONRPCMessage }
  | { readonly status: number; readonly body: string; readonly retryAfterMs: number };

const isForNow = (status: number): boolean => status === 503 || status === 429 || status === 200;

async function answerTo(
  client: BareClient,
  id: number,
  tool: string,
  args: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await client.post(client.callMessage(id, tool, args), {}, signal);
  const body = await response.text(); // ends with the answer: the node then closes the stream
  const message = body
    .split('\n')
    .flatMap((line) => (/^data: ./.test(line) ? [JSON.parse(line.slice(6)) as JSONRPCMessage] : []))
    .find((message) => 'id' in message && message.id === id && !('method' in message));
  if (response.status === 200 && message) return { message };
  const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
  return { status: response.status, body, retryAfterMs };
}

function endOf(message: JSONRPCMessage, expected: string): End {
  if (!isJSONRPCResultResponse(message))
    return { kind: 'failed', why: JSON.stringify(message).slice(0, 200) };
  const { result } = message;
  const text = 'content' in result ? textOf(result) : JSON.stringify(result);
  if (text === expected && !result.isError) return { kind: 'answered' };
  return result.isError && text.includes('unknown')
    ? { kind: 'unknown' }
    : { kind: 'failed', why: text.slice(0, 200) };
}
