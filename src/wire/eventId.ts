/**
 * An SSE event id names a place in a session's log (run, event, part) and a stream, so any node can resume
 * from it (specification 2025-11-25, transports, "Resumability and Redelivery"). Text:
 * `RUN.EVENT.PART.STREAM`.
 */
import { z } from 'zod/v4';
import type { RequestId } from './messages';

/** A place in the log. One history event can hold several messages: its parts, numbered from 0. */
export interface Position {
  readonly run: string;
  readonly event: number;
  readonly part: number;
}

/**
 * A stream is the answer to one request (`post-…`), or the stream of a listener, opened by a GET
 * (`session-…`).
 */
export type StreamId = string;
/** The stream of the session's own messages before the first listener, which gets them. */
export const SESSION_STREAM: StreamId = 'session';
export const streamOfListener = (listener: string): StreamId => `${SESSION_STREAM}-${listener}`;
export const isOfSession = (stream: StreamId): boolean => stream.startsWith(SESSION_STREAM);

export const streamOfRequest = (id: RequestId): StreamId =>
  'post-' + Buffer.from(JSON.stringify(id)).toString('base64url');

/**
 * The call key of a request's stream, the inverse of {@link streamOfRequest}; `undefined` for a listener's
 * stream.
 */
export function callOfStream(stream: StreamId): string | undefined {
  return stream.startsWith('post-') ? Buffer.from(stream.slice(5), 'base64url').toString() : undefined;
}

const RequestIdSchema = z.union([z.string(), z.number().int()]);

const Fields = z.tuple([
  z.uuid(),
  z.coerce.number().int().positive(),
  z.coerce.number().int().nonnegative(),
  z.union([
    z.string().regex(/^session-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    z.string().regex(/^post-[\w-]+$/),
  ]),
]);

export const formatEventId = ({ run, event, part }: Position, stream: StreamId): string =>
  `${run}.${event}.${part}.${stream}`;

/** `undefined` for a text that no node can have issued. */
export function parseEventId(text: string): { position: Position; stream: StreamId } | undefined {
  const parsed = Fields.safeParse(text.split('.'));
  if (!parsed.success) return undefined;
  const [run, event, part, stream] = parsed.data;
  const call = callOfStream(stream);
  if (call !== undefined && !isOfRequest(stream, call)) return undefined;
  return { position: { run, event, part }, stream };
}

/** Several base64url texts can encode the same bytes; nodes write only one of them. */
function isOfRequest(stream: StreamId, call: string): boolean {
  try {
    const id = RequestIdSchema.safeParse(JSON.parse(call));
    return id.success && streamOfRequest(id.data) === stream;
  } catch {
    return false;
  }
}
