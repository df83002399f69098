/** From the members of a token, or of an introspection answer, to the caller. */
import type { Principal } from '../wire/principal';
import type { Authenticated } from './authenticated';
import { InvalidToken } from './refusals';
import { isFor } from './resource';
import { scopesOf } from './scopes';

export type Claims = Readonly<Record<string, unknown>>;

/** By so much may the clocks of an issuer and of a node differ. */
export const CLOCK_TOLERANCE_S = 30;
/** Beyond what issuers give (OpenID Connect Core, section 2: 255). The principal stands in search attributes. */
const MAXIMUM_SUBJECT_CHARS = 255;
/** The claims travel with every call. */
const MAXIMUM_CLAIMS_BYTES = 8_000;

export interface ClaimsOptions {
  readonly resource: string;
  /** The claims that authors get; no other leaves the node. */
  readonly claims: readonly string[];
}

/** @throws InvalidToken */
export function authenticatedBy(
  issuer: string,
  members: Claims,
  { resource, claims: names }: ClaimsOptions,
): Authenticated {
  if (!isFor(resource, members.aud)) throw new InvalidToken('The access token is for another resource');
  const clientId = textOf(members.client_id) ?? textOf(members.azp);
  // A client that acts for itself: RFC 9068, section 2.2, has its id as the subject.
  const subject = textOf(members.sub) ?? clientId;
  if (subject === undefined) throw new InvalidToken('The access token names neither a subject nor a client');
  const principal: Principal = { issuer, subject, clientId, scopes: scopesOf(members.scope ?? members.scp) };
  const claims = Object.fromEntries(
    names.filter((name) => Object.hasOwn(members, name)).map((name) => [name, members[name]]),
  );
  if (JSON.stringify(claims).length > MAXIMUM_CLAIMS_BYTES)
    throw new InvalidToken(`The access token has more than ${MAXIMUM_CLAIMS_BYTES} bytes of claims`);
  const expiresAt = typeof members.exp === 'number' ? members.exp * 1_000 : undefined;
  return { principal, expiresAt, claims };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.length > MAXIMUM_SUBJECT_CHARS || /\p{C}/u.test(value))
    throw new InvalidToken('The access token has a subject or client that cannot be one');
  return value;
}
