/** Errors for refused credentials. Clients and logs get the messages, which therefore contain no part of the token. */

/** The token is malformed, expired, or not for this server: 401 with `invalid_token` (RFC 6750, section 3.1). */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** The token cannot be checked now: 503, so that the client keeps its token and tries again. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
  constructor(
    readonly issuer: string,
    cause: unknown,
  ) {
    super(`The issuer ${issuer} does not answer as it should: ${textOf(cause)}.`, { cause });
  }
}

/** Includes the cause: the message of an error of `fetch` is only "fetch failed". */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  const text = cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
  return text.replace(/\.$/, '').slice(0, 300);
}
