/** Whom a node lets in, as an operator says it. Without imports of packages, since programs get these types. */
import type { ImpliedScopes } from './scopes';

export interface AuthorizationOptions {
  /** The URL of the MCP endpoint, as clients have it: tokens must be for it. Needed where there are issuers. */
  readonly publicUrl?: string;
  /** The issuers of access tokens. A text is the URL of one. */
  readonly issuers?: readonly (string | IssuerOptions)[];
  /** A file of API keys, as `durable-mcp keys` writes it. */
  readonly keyFile?: string;
  /** The scopes that every request needs. Default: none. */
  readonly scopes?: readonly string[];
  /** Broader scopes, and the narrower ones that each implies. */
  readonly impliedScopes?: ImpliedScopes;
  /** Of the signatures of JWTs. Default: all that use a public key. */
  readonly algorithms?: readonly string[];
  /** The claims of tokens that handlers get in `ctx.auth.claims`, and Temporal keeps with each call. Default: none. */
  readonly claims?: readonly string[];
}

export interface IssuerOptions {
  /** Exactly as its metadata and its tokens have it. */
  readonly url: string;
  /** With it, opaque tokens are accepted: the issuer is asked what they mean (RFC 7662). */
  readonly introspection?: IntrospectionClient;
}

/** The client by which a node asks. */
export interface IntrospectionClient {
  readonly clientId: string;
  readonly clientSecret: string;
}
