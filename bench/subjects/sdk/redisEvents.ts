/**
 * An event store of the SDK on Redis: a Redis stream for each stream of a session, the event's id made of both. The least that does it, one
 * command an event: no trimming, no expiry.
 */
import type { Redis } from 'ioredis';
import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

const SEPARATOR = '/';

/** `session` keeps its streams apart from those of others: the SDK gives the stream of a GET the same name in each. */
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
