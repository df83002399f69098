/** Why a request is not served: what its credential lacks. The texts go to clients, and contain nothing of the token. */

/** The token is malformed, expired, or of somebody else: 401 with `invalid_token` (RFC 6750, section 3.1). */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** Nobody can say now whether the token is valid: 503, and the client keeps its token. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
  constructor(
    readonly issuer: string,
    cause: unknown,
  ) {
    super(`The issuer ${issuer} does not answer as it should: ${textOf(cause)}.`, { cause });
  }
}

/** An error of `fetch` says why only in its cause. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  const text = cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
  return text.replace(/\.$/, '').slice(0, 300);
}
