/**
 * HTTP requests of one server, and what a failed one says of the request: surely unsent, or maybe arrived.
 */
import { Agent, fetch as undiciFetch } from 'undici';
import { ConnectError, type Phase } from '../errors';
import type { DurableHttpOptions, Fetch } from './options';

/** The connection could not be made, or broke. */
export class Unreached extends Error {
  constructor(
    readonly phase: Exclude<Phase, 'answered'>,
    /** What helps is another configuration, not another try. */
    readonly isFinal: boolean,
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** Errors before a connection stood: nothing was sent. */
const BEFORE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const REDIRECTS = new Set([301, 302, 307, 308]);
const MOST_REDIRECTS = 5;
const INVALID = new Set(['ERR_INVALID_URL', 'UND_ERR_INVALID_ARG']);

export class Http {
  private readonly agents: Agent[] = [];
  private readonly fetches: { readonly long: Fetch; readonly short: Fetch };

  constructor(
    readonly url: URL,
    private readonly options: DurableHttpOptions,
    connectMs: number,
  ) {
    const { fetch, pool } = options;
    this.fetches = fetch
      ? { long: fetch, short: fetch }
      : {
          long: this.pooled(pool?.connections ?? 100, connectMs),
          // Of their own: where calls have all connections, the answer that ends one must still get through.
          short: this.pooled(10, connectMs),
        };
  }

  /** @throws Unreached, ConnectError for a redirect elsewhere */
  async request(kind: 'long' | 'short', init: RequestInit & { signal: AbortSignal }): Promise<Response> {
    const { headers: given = {} } = this.options;
    const own = typeof given === 'function' ? await given() : given;
    const headers = { ...own, ...(init.headers as Record<string, string>) };
    try {
      return await this.followed(kind, { ...init, headers, redirect: 'manual' });
    } catch (error) {
      if (init.signal.aborted) throw init.signal.reason;
      if (error instanceof ConnectError) throw error;
      throw unreached(error, this.url);
    }
  }

  /**
   * Follows a redirect within the server, by the same method: `fetch` would make a GET of a POST at 301 and 302.
   * Another origin would get the caller's headers, the session's id and the arguments of calls.
   */
  private async followed(kind: 'long' | 'short', init: RequestInit): Promise<Response> {
    let { url } = this;
    for (let redirects = 0; ; redirects++) {
      const response = await this.fetches[kind](url, init);
      const to = redirectOf(response, url);
      if (!to) return response;
      await response.body?.cancel().catch(() => undefined);
      if (to.origin !== url.origin) throw elsewhere(url, to);
      if (redirects === MOST_REDIRECTS) throw tooMany(this.url);
      url = to;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.destroy()));
  }

  private pooled(connections: number, connectMs: number): Fetch {
    const agent = new Agent({
      connections,
      connect: { timeout: connectMs, ...this.options.tls },
      keepAliveTimeout: 30_000,
      // A stream may be silent for long; the client's own limit of silence applies.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.agents.push(agent);
    const pooled = (url: string | URL, init?: RequestInit) =>
      undiciFetch(url, { ...init, dispatcher: agent } as never) as unknown as Promise<Response>;
    return pooled;
  }
}

function redirectOf(response: Response, url: URL): URL | undefined {
  const location = response.headers.get('location');
  if (!REDIRECTS.has(response.status) || location === null || !URL.canParse(location, url)) return undefined;
  return new URL(location, url);
}

// A server that redirects has not taken the message.
const elsewhere = (from: URL, to: URL): ConnectError =>
  new ConnectError(
    `${from.href} redirects to another server, ${to.origin}${to.pathname}, which was sent nothing; connect to that URL if you trust it.`,
    { phase: 'unsent', retryable: false },
  );

const tooMany = ({ href }: URL): ConnectError =>
  new ConnectError(
    `${href} redirects more than ${MOST_REDIRECTS} times; see whether this is the server's URL.`,
    {
      phase: 'unsent',
      retryable: false,
    },
  );

/** What broke, from a chain of errors: `fetch` itself only says that it failed. */
export function unreached(error: unknown, url: URL): Unreached {
  const causes = chainOf(error);
  const codes = causes.flatMap(({ code }) => code ?? []);
  const tls = causes.find(({ code, message }) => isOfCertificate(code, message));
  const reason = causes.at(-1);
  const said = reason?.message || reason?.code || 'no reason was given';
  if (tls) {
    const text = `The certificate of ${url.origin} is not accepted (${tls.message}); correct the server's certificate, or give its authority by NODE_EXTRA_CA_CERTS or tls.ca`;
    return new Unreached('unsent', true, text, error);
  }
  const isUnsent = codes.some((code) => BEFORE.has(code) || INVALID.has(code));
  const isFinal = codes.some((code) => INVALID.has(code));
  const text = isUnsent
    ? `${url.origin} cannot be reached (${said}); see whether the server runs there`
    : `The connection to ${url.origin} broke (${said})`;
  return new Unreached(isUnsent ? 'unsent' : 'maybe', isFinal, text, error);
}

interface Cause {
  readonly code?: string;
  readonly message: string;
}

function chainOf(error: unknown): Cause[] {
  // By its shape: an error of Node can be of another realm than this module's `Error`.
  if (typeof error !== 'object' || error === null || !('message' in error)) return [];
  const { code, message, errors, cause } = error as Cause & { errors?: unknown[]; cause?: unknown };
  return [{ code, message }, ...(errors ?? []).flatMap(chainOf), ...chainOf(cause)];
}

const isOfCertificate = (code = '', message: string): boolean =>
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS|ERR_SSL|EPROTO/.test(code) ||
  /wrong version number/.test(message);

export const connectError = ({ message, phase, cause }: Unreached, isFinal = false): ConnectError =>
  new ConnectError(`${message}.`, { phase, retryable: !isFinal, cause });
