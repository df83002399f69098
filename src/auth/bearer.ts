/** Reads the token of an `Authorization: Bearer` header (RFC 6750, section 2.1). Tokens in the URL or the body are ignored. */
import { InvalidToken } from './refusals';

const TOKEN = /^[\w.~+/-]+=*$/;

/** `undefined` if the header is absent or has another scheme. @throws InvalidToken if the token is malformed */
export function bearerOf(authorization: string | undefined): string | undefined {
  const bearer = /^bearer\b(?:\s+(.*))?/i.exec(authorization?.trim() ?? '');
  if (!bearer) return undefined;
  const [, token] = bearer;
  if (token === undefined || !TOKEN.test(token)) throw new InvalidToken('The access token is malformed');
  return token;
}
