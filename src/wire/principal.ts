/**
 * The identity of a caller. Part of the workflow bundle and of histories, so it contains no token and no
 * other secret.
 */

export interface Principal {
  /**
   * The issuer that vouches for the subject: the `iss` of an access token. Absent for subjects that this
   * product itself knows.
   */
  readonly issuer?: string;
  readonly subject: string;
  /** The application that acts for the subject. */
  readonly clientId?: string;
  readonly scopes: readonly string[];
}

/** Every caller, until authorization is configured. */
export const ANONYMOUS: Principal = { subject: 'anonymous', scopes: [] };

/** The owner of a session: the same for every token of a subject. */
export const principalId = ({ issuer, subject }: Principal): string =>
  issuer === undefined ? subject : `${issuer} ${subject}`;

/** The caller as a call keeps it; `undefined` if anonymous. */
export const authOf = (principal: Principal): Principal | undefined =>
  principal === ANONYMOUS ? undefined : principal;
