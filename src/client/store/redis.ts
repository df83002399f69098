/**
 * Keeps entries in Redis: each in a key of its own with an expiry by Redis' clock, and an index of their names
 * for each group. All keys of a group have the group as their hash tag, so they are in one slot of a Redis
 * Cluster. Compare-and-set is a Lua script, which Redis runs as one command.
 */
import { randomUUID } from 'node:crypto';
import { reach } from './reach';
import type { Entry, SessionStore } from './store';

/** The part of an `ioredis` client (or cluster) that is used. */
export interface IoRedisClient {
  /** Only to tell the clients apart: node-redis has no such method. */
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** The part of a client (or cluster) of `redis`, version 4 or later, that is used. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

export type RedisClient = IoRedisClient | NodeRedisClient;

export interface RedisStoreOptions {
  /** The beginning of every key. Default: `mcp_session:`. */
  readonly prefix?: string;
}

/** The bytes of a version (a UUID) at the start of each key's value. */
const VERSION_BYTES = 36;
/** How many values `list` reads at a time. */
const AT_A_TIME = 200;

/**
 * The client may send a command again after a lost connection; the second finds its own version, and succeeds
 * as well. The index lives as long as its longest entry.
 */
const STORE = `
local version = redis.call('GETRANGE', KEYS[1], 0, ${VERSION_BYTES - 1})
if version ~= ARGV[1] and version ~= ARGV[2] then return 0 end
local ttl = tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3], 'PX', ttl)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZADD', KEYS[2], now + ttl, ARGV[5])
if redis.call('PTTL', KEYS[2]) < ttl then redis.call('PEXPIRE', KEYS[2], ttl) end
return 1`;

const DELETE = `
if redis.call('GETRANGE', KEYS[1], 0, ${VERSION_BYTES - 1}) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
return 1`;

const GET = `return redis.call('MGET', unpack(KEYS))`;

const NAMES = `
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] * 1000 + math.floor(time[2] / 1000))
return redis.call('ZRANGE', KEYS[1], 0, -1)`;

/**
 * The client stays open when the store is closed.
 *
 * @example
 * const store = redisStore(new Redis('redis://127.0.0.1:6379')); // ioredis
 * const store = redisStore(await createClient().connect()); // redis
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): SessionStore {
  const { prefix = 'mcp_session:' } = options;
  if (/[{}]/.test(prefix))
    throw new Error(
      `The prefix ${JSON.stringify(prefix)} has a brace, which would be taken for a hash tag; give one without.`,
    );
  const keyOf = (group: string, name: string): string => `${prefix}{${group}}/${name}`;
  const indexOf = (group: string): string => `${prefix}{${group}}`;

  const run = (script: string, keys: string[], args: string[]): Promise<unknown> =>
    reach(
      'Redis did not carry out a command of the session store',
      'see that Redis runs and that its client is connected',
      () =>
        isIoRedis(client)
          ? client.eval(script, keys.length, ...keys, ...args)
          : client.eval(script, { keys, arguments: args }),
    );

  async function read(group: string, names: readonly string[]): Promise<Entry[]> {
    if (names.length === 0) return [];
    const keys = names.map((name) => keyOf(group, name));
    const texts = (await run(GET, keys, [])) as (string | null)[];
    return names.flatMap((name, i) => {
      const text = texts[i] ?? undefined;
      return text === undefined
        ? []
        : [{ name, version: text.slice(0, VERSION_BYTES), value: text.slice(VERSION_BYTES) }];
    });
  }

  return {
    async get(group, name) {
      const [entry] = await read(group, [name]);
      return entry;
    },

    async store(group, name, value, { ifVersion = '', ttlMs }) {
      const version = randomUUID();
      const ttl = String(Math.max(1, Math.ceil(ttlMs)));
      const keys = [keyOf(group, name), indexOf(group)];
      return (await run(STORE, keys, [ifVersion, version, value, ttl, name])) === 1 ? version : undefined;
    },

    async delete(group, name, version) {
      return (await run(DELETE, [keyOf(group, name), indexOf(group)], [version, name])) === 1;
    },

    async list(group) {
      const names = (await run(NAMES, [indexOf(group)], [])) as string[];
      const entries: Entry[] = [];
      for (let at = 0; at < names.length; at += AT_A_TIME)
        entries.push(...(await read(group, names.slice(at, at + AT_A_TIME))));
      return entries;
    },

    async close() {},
  };
}

const isIoRedis = (client: RedisClient): client is IoRedisClient => 'defineCommand' in client;
