/**
 * An event store for the SDK on Redis: each stream of a session is a Redis stream, and an event's id names
 * the stream and its entry. It is as small as possible: one command per event, no trimming, no expiry.
 */
import type { Redis } from 'ioredis';
import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

const SEPARATOR = '/';

/** `session` separates the streams of sessions: the SDK gives the stream of a GET the same name in each. */
export function redisEvents(redis: Redis, session: string): EventStore {
  const keyOf = (stream: string) => `${session}:${stream}`;
  return {
    async storeEvent(stream, message) {
      const id = await redis.xadd(keyOf(stream), '*', 'message', JSON.stringify(message));
      return `${stream}${SEPARATOR}${id}`;
    },
    async replayEventsAfter(lastEventId, { send }) {
      const [stream = '', after] = lastEventId.split(SEPARATOR);
      for (const [id, [, message]] of await redis.xrange(keyOf(stream), `(${after}`, '+'))
        await send(`${stream}${SEPARATOR}${id}`, JSON.parse(message ?? '') as JSONRPCMessage);
      return stream;
    },
  };
}
