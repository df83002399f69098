/** Reads a stream's events with the time at which each arrived. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

export interface Arrival {
  /** `performance.now()` when the bytes arrived. */
  readonly at: number;
  readonly id: string | undefined;
  /** Absent in a priming event, which has an id and no data. */
  readonly message: JSONRPCMessage | undefined;
}

/**
 * Yields the events of a stream until it ends. A caller that stops earlier closes the connection.
 * @throws Error if the answer is no stream
 */
export async function* arrivals(response: Response): AsyncGenerator<Arrival, void, void> {
  const type = response.headers.get('content-type');
  if (!response.ok || type !== 'text/event-stream' || !response.body)
    throw new Error(`A stream was expected, and the answer was ${response.status} ${type}.`);
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    const at = performance.now();
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    for (const { id, data } of events.splice(0))
      yield { at, id, message: data ? (JSON.parse(data) as JSONRPCMessage) : undefined };
  }
}

/** The progress value of a progress notification. */
export function progressOf(message: JSONRPCMessage): number | undefined {
  if (!('method' in message) || message.method !== 'notifications/progress') return undefined;
  return (message.params as { progress: number }).progress;
}

/**
 * @throws Error unless `messages` are the progress notifications `from` to `to` and then the response, in
 * this order
 */
export function assertTold(messages: JSONRPCMessage[], from: number, to: number): void {
  const told = messages.slice(0, -1).map(progressOf);
  const inOrder = told.length === to - from + 1 && told.every((progress, index) => progress === from + index);
  const last = messages.at(-1);
  if (!inOrder) throw new Error(`Progress ${from} to ${to} was expected, and ${told.join(', ')} came.`);
  if (!last || !('result' in last))
    throw new Error(`An answer was expected, and ${JSON.stringify(last)} came.`);
}
