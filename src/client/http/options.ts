/** What a caller can set of a client over Streamable HTTP. */
import type { ClientSettings } from '../core/settings';

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

export interface TokenSource {
  /** The token to send, or `undefined` for none. Called for each request. */
  token(): Promise<string | undefined>;
  /**
   * The server refused the token, or the lack of one, with 401, or with 403 that names scopes. Resolves when
   * there is a better one; rejects if there is none.
   */
  refused(response: Response, token: string | undefined): Promise<void>;
}

export interface DurableHttpOptions extends ClientSettings {
  /** Sent with each request. A function is asked for each request. */
  headers?: Record<string, string> | (() => Promise<Record<string, string>>);
  /** Bearer tokens. `connect` also takes a provider of the official SDK. */
  auth?: TokenSource;
  /** Instead of this client's own connections. Its pool and TLS options then do not apply. */
  fetch?: Fetch;
  pool?: {
    /** The most connections for calls and streams; further calls wait. Default: 100. */
    connections?: number;
  };
  tls?: {
    /** The authority of the server's certificate, as PEM. */
    ca?: string | Buffer;
    cert?: string | Buffer;
    key?: string | Buffer;
  };
}
