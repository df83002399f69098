/** What a caller can set of a client, whichever transport it uses, with the defaults. */
import { LONGEST_TIMER_MS, milliseconds, type Duration } from '../../shared/duration';
import { memoryStore } from '../store/memory';
import type { SessionStore } from '../store/store';

/** A call, for a caller's own rule on what is sent again. */
export interface ResendCall {
  readonly method: string;
  /** Of a tool. */
  readonly name?: string;
  readonly arguments?: unknown;
}

export interface ClientSettings {
  /**
   * Where the session and its calls are kept. Default: in memory, which survives a lost connection but not the
   * process.
   */
  store?: SessionStore;
  /**
   * Whose session it is, where several users share a store. Needed in a shared store where the credentials
   * come from a function, since the client cannot tell users apart by those.
   */
  user?: string;
  /** Several sessions of one user with one server have different namespaces. Default: `default`. */
  namespace?: string;
  /** Whether several processes may use the session at once. Default: `exclusive`. */
  mode?: 'exclusive' | 'shared';
  /**
   * Whether the server joins a repeated request, with the same id and content, to the first. Default: `auto`,
   * what the server says of itself.
   */
  joins?: boolean | 'auto';
  /**
   * What is sent again to a server that does not join repetitions, when it is unknown whether it arrived.
   * Default: `safe`, what only reads or is idempotent.
   */
  resend?: 'never' | 'safe' | ((call: ResendCall) => boolean);
  /** Pauses before further tries, each a random part of the longest one (`jitter`: full). */
  backoff?: {
    /** The longest first pause. Default: 500 ms. */
    first?: Duration;
    /** How much longer each pause may be than the one before. Default: 2. */
    factor?: number;
    /** The longest pause of all. Default: 30 s. */
    max?: Duration;
    /** How long to go on without hearing anything. Default: 10 min. */
    giveUp?: Duration;
  };
  timeout?: {
    /** For a connection, and for opening a session. Default: 10 s. */
    connect?: Duration;
    /** For a request that is no tool call. Default: 60 s. */
    request?: Duration;
    /** For a tool call. Default: `none`. */
    call?: Duration | 'none';
    /** A stream that says nothing for so long, not even a comment, is resumed by another. Default: 45 s. */
    silence?: Duration;
    /** Whether progress begins the time of a request anew. Default: true. */
    resetOnProgress?: boolean;
  };
  /** How long an unused session is remembered. Default: 24 h, as long as a durable-mcp session lives. */
  ttl?: Duration;
  /** Is told what went wrong and was mended, or could not be: one sentence each. */
  onWarning?: (message: string, cause?: unknown) => void;
}

export interface Settings {
  readonly store: SessionStore;
  readonly ownsStore: boolean;
  readonly user: string | undefined;
  readonly namespace: string;
  readonly shared: boolean;
  readonly joins: boolean | 'auto';
  readonly resend: 'never' | 'safe' | ((call: ResendCall) => boolean);
  readonly backoff: {
    readonly firstMs: number;
    readonly factor: number;
    readonly maxMs: number;
    readonly giveUpMs: number;
  };
  readonly connectMs: number;
  readonly requestMs: number;
  /** `undefined`: no limit. */
  readonly callMs: number | undefined;
  readonly silenceMs: number;
  readonly resetOnProgress: boolean;
  readonly ttlMs: number;
  readonly warn: (message: string, cause?: unknown) => void;
}

export function settingsFrom(given: ClientSettings): Settings {
  const { backoff = {}, timeout = {} } = given;
  return {
    store: given.store ?? memoryStore(),
    ownsStore: given.store === undefined,
    user: given.user,
    namespace: given.namespace ?? 'default',
    shared: given.mode === 'shared',
    joins: given.joins ?? 'auto',
    resend: given.resend ?? 'safe',
    backoff: {
      firstMs: timer('backoff.first', backoff.first ?? 500),
      factor: backoff.factor ?? 2,
      maxMs: timer('backoff.max', backoff.max ?? 30_000),
      giveUpMs: timer('backoff.giveUp', backoff.giveUp ?? '10m'),
    },
    connectMs: timer('timeout.connect', timeout.connect ?? '10s'),
    requestMs: timer('timeout.request', timeout.request ?? '60s'),
    callMs:
      timeout.call === undefined || timeout.call === 'none' ? undefined : timer('timeout.call', timeout.call),
    silenceMs: timer('timeout.silence', timeout.silence ?? '45s'),
    resetOnProgress: timeout.resetOnProgress ?? true,
    ttlMs: timer('ttl', given.ttl ?? '24h'),
    warn: given.onWarning ?? (() => undefined),
  };
}

/** Clamped, since Node runs a longer timer at once. @throws Error for what is no duration */
export function timer(name: string, duration: Duration): number {
  const ms = milliseconds(duration);
  if (ms === undefined)
    throw new Error(`${name} is ${JSON.stringify(duration)}; give milliseconds, or a text such as '10s'.`);
  return Math.min(ms, LONGEST_TIMER_MS);
}
