/** A session's log as the messages that went in and out, for audits. */
import { formatEventId, streamOfRequest, type Position, type StreamId } from '../wire/eventId';
import type { JSONRPCMessage } from '../wire/messages';
import type { SessionInput } from '../wire/session';
import type { StreamEvent } from './streamEvent';

export interface AuditLine {
  /** ISO 8601. */
  readonly time: string;
  /** `in` is from the client, `out` to the client. */
  readonly direction: 'in' | 'out';
  /** The place in the log; with a stream, the id of the SSE event. */
  readonly eventId: string;
  /**
   * Absent for messages outside of any stream: `initialize`, and the client's notifications and responses.
   */
  readonly stream?: StreamId;
  /** The reason why a request was not run as a new call. */
  readonly verdict?: 'repeat' | 'conflict' | 'forgotten';
  readonly message: JSONRPCMessage;
}

/** Empty for events that are no messages. */
export function auditLinesOf(event: StreamEvent): AuditLine[] {
  switch (event.kind) {
    case 'session':
      return event.input.carried ? [] : opening(event, event.input);
    case 'request': {
      const { verdict, stream, message } = event;
      return [line(event, 'in', message, stream, verdict.kind === 'new' ? undefined : verdict.kind)];
    }
    case 'notified':
      return [line(event, 'in', event.message)];
    case 'logLevel':
    case 'subscription': {
      const { request, response } = event;
      if (!request || !response) return [];
      const stream = streamOfRequest(request.id);
      return [line(event, 'in', request, stream), line(event, 'out', response, stream)];
    }
    case 'message':
      return [line(event, 'out', event.message, event.stream)];
    default:
      return [];
  }
}

/**
 * Rebuilds the `initialize` request and its answer from the input of the session's workflow, which
 * `initialize` starts.
 */
function opening(event: StreamEvent, { session, initializeResult, asked }: SessionInput): AuditLine[] {
  const { id, protocolVersion } = asked ?? { id: 0, protocolVersion: session.protocolVersion };
  const { client: clientInfo, capabilities } = session;
  const params = { protocolVersion, capabilities, clientInfo };
  return [
    line(event, 'in', { jsonrpc: '2.0', id, method: 'initialize', params }),
    line(event, 'out', { jsonrpc: '2.0', id, result: initializeResult }),
  ];
}

function line(
  event: Position & { readonly time: Date },
  direction: 'in' | 'out',
  message: JSONRPCMessage,
  stream?: StreamId,
  verdict?: AuditLine['verdict'],
): AuditLine {
  const eventId = stream === undefined ? placeOf(event) : formatEventId(event, stream);
  return { time: event.time.toISOString(), direction, eventId, stream, verdict, message };
}

const placeOf = ({ run, event, part }: Position): string => `${run}.${event}.${part}`;
