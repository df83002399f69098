/**
 * What a client keeps, as JSON. Other versions of this product read it too: every change is an addition, and
 * `v` counts what is none. Credentials are never part of it.
 */
import { z } from 'zod/v4';
import type { InitializeResult, JSONRPCRequest, JSONRPCResponse } from '../../wire/messages';

const message = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

/**
 * The eras of MCP differ in what a session is; a session of one never is carried into another. `sessions`:
 * the revisions up to 2025-11-25, where the server gives out a session id.
 */
export const Era = z.enum(['sessions']);

/** Name: `session`. */
export const SessionRecord = z.object({
  v: z.literal(1),
  era: Era,
  url: z.string(),
  sessionId: z.string(),
  protocolVersion: z.string(),
  /** The server's answer to `initialize`. */
  initialize: message<InitializeResult>(),
  /** The client's capabilities, without which the session was not opened as this client would. */
  capabilities: z.record(z.string(), z.unknown()),
  /** How many of the session's requests can be joined by repeating them; 0 where none can. */
  joins: z.number(),
  /** An upper bound of the requests that were sent in the session, by all processes. */
  requests: z.number(),
});
export type SessionRecord = z.infer<typeof SessionRecord>;

/** Name: `listening`. The last event of the session's own stream. */
export const ListeningRecord = z.object({ sessionId: z.string(), lastEventId: z.string() });
export type ListeningRecord = z.infer<typeof ListeningRecord>;

/** Name: `call/<id>`, or `key/<hash of the key>`. */
export const CallRecord = z.object({
  v: z.literal(1),
  id: z.string(),
  /** The prefix of the process that has the call now: another one for each connection of each process. */
  by: z.string(),
  key: z.string().optional(),
  /** The bytes of the request, since a server may compare them. */
  body: z.string(),
  /** The session in which it was sent; absent where there is none. */
  sessionId: z.string().optional(),
  /** The session's count of requests when it was sent. */
  requests: z.number(),
  /** Whether it only reads, or is idempotent. */
  safe: z.boolean(),
  sentAt: z.number(),
  lastEventId: z.string().optional(),
  response: message<JSONRPCResponse>().optional(),
  /** Why the outcome is unknown, once that is certain. */
  unknown: z.string().optional(),
});
export type CallRecord = z.infer<typeof CallRecord>;

/** Name: `ask/<hash of the id>`. A request of the server to the client. */
export const QuestionRecord = z.object({
  v: z.literal(1),
  by: z.string(),
  message: message<JSONRPCRequest>(),
  answer: message<JSONRPCResponse>().optional(),
  /** Whether the server has taken the answer. */
  taken: z.boolean().optional(),
});
export type QuestionRecord = z.infer<typeof QuestionRecord>;

/** Name: `owner`, or `at/<prefix>`. A process that lives. */
export const HolderRecord = z.object({
  v: z.literal(1),
  by: z.string(),
  machine: z.string(),
  pid: z.number(),
});
export type HolderRecord = z.infer<typeof HolderRecord>;
