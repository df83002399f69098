/**
 * The identity of a caller. Part of the workflow bundle and of histories, so it contains no token and no
 * other secret.
 */

export interface Principal {
  /** Vouches for the subject: the `iss` of an access token, or `api-key`. Absent if anonymous. */
  readonly issuer?: string;
  /** The token's `sub`; without one, the client's id; the name of an API key. */
  readonly subject: string;
  /** The application that acts for the subject. */
  readonly clientId?: string;
  readonly scopes: readonly string[];
}

/** The caller of one request, as its call keeps it. */
export interface CallAuth {
  readonly principal: Principal;
  /** Epoch milliseconds at which the caller's credential expires; absent if it does not. */
  readonly expiresAt?: number;
  /** The claims of the credential that the operator has named (`--auth-claim`). */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Every caller, where no authorization is configured. */
export const ANONYMOUS: Principal = { subject: 'anonymous', scopes: [] };

/** The owner of a session: the same for every token of a subject. An issuer has no space in it. */
export const principalId = ({ issuer, subject }: Principal): string =>
  issuer === undefined ? subject : `${issuer} ${subject}`;
