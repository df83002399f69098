/** The authorization options of a node. This file is part of the public types, so it must not import packages. */
import type { ImpliedScopes } from './scopes';

export interface AuthorizationOptions {
  /** The URL at which clients reach the MCP endpoint; access tokens must name it as their audience. Required with `issuers`. */
  readonly publicUrl?: string;
  /** The issuers of access tokens. A string is short for `{ url }`. */
  readonly issuers?: readonly (string | IssuerOptions)[];
  /** The file of API keys that `durable-mcp keys` writes. */
  readonly keyFile?: string;
  /** The scopes that every request needs. Default: none. */
  readonly scopes?: readonly string[];
  /** Broader scopes, and the narrower ones that each implies. */
  readonly impliedScopes?: ImpliedScopes;
  /** The signature algorithms accepted for JWTs. Default: all that use a public key. */
  readonly algorithms?: readonly string[];
  /** The token claims that handlers get in `ctx.auth.claims`. Temporal stores them with each call. Default: none. */
  readonly claims?: readonly string[];
}

export interface IssuerOptions {
  /** The issuer's URL, exactly as in its metadata and in the `iss` of its tokens. */
  readonly url: string;
  /** Accepts opaque tokens too: the node asks the issuer about each (introspection, RFC 7662). */
  readonly introspection?: IntrospectionClient;
}

/** The OAuth client that a node authenticates as, for introspection. */
export interface IntrospectionClient {
  readonly clientId: string;
  readonly clientSecret: string;
}
