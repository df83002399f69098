/** Formats a session's log for people, one line per event. */
import type { StreamEvent } from '../log/streamEvent';
import { SESSION_STREAM, callOfStream, streamOfRequest, type StreamId } from '../wire/eventId';
import type { CallToolResult, JSONRPCMessage, JSONRPCRequest, JSONRPCResponse } from '../mcp/protocol';
import { duration, printable } from './print';

const SUMMARY_CHARS = 100;
const IN = '→';
const OUT = '←';
const NEITHER = '·';

const AGAIN = {
  repeat: '(asked again: joins its call)',
  conflict: '(refused: the id was used for another request)',
  forgotten: '(refused: the id was used long ago)',
};

export class Timeline {
  private readonly askedAt = new Map<StreamId, Date>();

  /** `undefined` for the start of a continued execution, which the line `continued` has announced. */
  line(event: StreamEvent): string | undefined {
    switch (event.kind) {
      case 'session': {
        if (event.input.carried) return undefined;
        const { client, protocolVersion } = event.input.session;
        return line(event, IN, '', 'initialize', `${client.name} ${client.version}, ${protocolVersion}`);
      }
      case 'request': {
        const { message, stream, verdict } = event;
        if (verdict.kind === 'new') this.askedAt.set(stream, event.time);
        const again = verdict.kind === 'new' ? '' : `${AGAIN[verdict.kind]} `;
        return line(event, IN, stream, titleOf(message), again + argumentsOf(message));
      }
      case 'notified':
        return line(event, IN, '', ...said(event.message));
      case 'logLevel': {
        const stream = event.request ? streamOfRequest(event.request.id) : '';
        return line(event, IN, stream, 'logging/setLevel', event.level);
      }
      case 'subscription': {
        const { request, response, refused } = event;
        const answer = refused ? ` ${resultOf(response)}` : '';
        return line(event, IN, streamOfRequest(request.id), titleOf(request), answer);
      }
      case 'attempt':
        return line(
          event,
          NEITHER,
          event.stream,
          `attempt ${event.attempt}`,
          event.after && `after: ${event.after}`,
        );
      case 'message': {
        const { message, stream, final } = event;
        const [title, summary] = said(message);
        const askedAt = final ? this.askedAt.get(stream) : undefined;
        this.askedAt.delete(final ? stream : '');
        return line(event, OUT, stream, title, summary, askedAt && duration(askedAt, event.time));
      }
      case 'disconnect':
        return line(event, NEITHER, event.stream, 'connection closed', 'the client polls');
      case 'cancelled':
        return line(event, NEITHER, event.stream, 'cancelled', 'no response');
      case 'continued':
        return line(event, NEITHER, '', 'continued', `in run ${event.nextRun}`);
      case 'ended':
        return line(event, NEITHER, '', 'ended', event.reason ?? 'idle for too long, or by Temporal');
    }
  }
}

function line(
  { time }: StreamEvent,
  direction: string,
  stream: StreamId,
  title: string,
  summary = '',
  took?: string,
): string {
  const columns = [idOf(stream).padEnd(8), shorten(title).padEnd(24), shorten(summary)];
  return [time.toISOString(), direction, ...columns, took && `(${took})`]
    .filter((part) => part !== undefined)
    .join(' ')
    .trimEnd();
}

/** The id of the request that a stream answers; empty for a message outside of streams. */
export function idOf(stream: StreamId): string {
  if (stream === '' || stream === SESSION_STREAM) return stream;
  return `#${printable(callOfStream(stream) ?? stream)}`;
}

/** The method, and the name of the tool or prompt, or the URI of the resource. */
export function titleOf({ method, params }: JSONRPCRequest): string {
  const name = params?.name ?? params?.uri;
  return shorten(typeof name === 'string' ? `${method} ${name}` : method);
}

function argumentsOf({ params }: JSONRPCRequest): string {
  return params?.arguments === undefined ? '' : JSON.stringify(params.arguments);
}

function said(message: JSONRPCMessage): [title: string, summary: string] {
  if (!('method' in message)) return ['error' in message ? 'error' : 'result', resultOf(message)];
  const { method, params = {} } = message as { method: string; params?: Record<string, unknown> };
  const { progress, total, message: text, level, data } = params;
  const { _meta, ...rest } = params;
  if (method === 'notifications/progress') return [method, `${of(progress, total)} ${asText(text)}`];
  if (method === 'notifications/message') return [method, `${asText(level)}: ${asText(data)}`];
  return [method, Object.keys(rest).length > 0 ? JSON.stringify(rest) : ''];
}

function resultOf(message: JSONRPCResponse): string {
  if ('error' in message) return `${message.error.code}: ${message.error.message}`;
  const { content, isError } = message.result as Partial<CallToolResult>;
  const [first] = Array.isArray(content) ? content : [];
  const text = first?.type === 'text' ? first.text : JSON.stringify(message.result);
  return isError ? `isError: ${text}` : text;
}

const of = (progress: unknown, total: unknown): string =>
  total === undefined ? asText(progress) : `${asText(progress)}/${asText(total)}`;

const asText = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

function shorten(text: string): string {
  const plain = printable(text.slice(0, 4 * SUMMARY_CHARS));
  return plain.length > SUMMARY_CHARS ? `${plain.slice(0, SUMMARY_CHARS - 1)}…` : plain;
}
