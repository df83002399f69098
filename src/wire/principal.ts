/** Who is asking. Part of the workflow bundle, and of what stands in histories: no token, and nothing else that is secret. */

export interface Principal {
  /** Who vouches for the subject: the `iss` of an access token. Absent for those that this product itself knows. */
  readonly issuer?: string;
  readonly subject: string;
  /** The application that acts for the subject. */
  readonly clientId?: string;
  readonly scopes: readonly string[];
}

/** Everybody, until authorization is configured. */
export const ANONYMOUS: Principal = { subject: 'anonymous', scopes: [] };

/** What a session belongs to: the same for every token of a subject. */
export const principalId = ({ issuer, subject }: Principal): string =>
  issuer === undefined ? subject : `${issuer} ${subject}`;

/** What a call keeps of its caller; nothing of an anonymous one. */
export const authOf = (principal: Principal): Principal | undefined =>
  principal === ANONYMOUS ? undefined : principal;
