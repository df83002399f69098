/** Turns the claims of a JWT, or the members of an introspection answer, into the caller. */
import { jsonBytes } from '../wire/bytes';
import type { Principal } from '../wire/principal';
import type { Authenticated } from './authenticated';
import { InvalidToken } from './refusals';
import { isFor } from './resource';
import { scopesOf } from './scopes';

export type Claims = Readonly<Record<string, unknown>>;

/** The tolerated difference between the clocks of an issuer and of a node. */
export const CLOCK_TOLERANCE_S = 30;
/** The limit of OpenID Connect Core, section 2. Subjects are stored in search attributes, whose size Temporal limits. */
const MAXIMUM_SUBJECT_CHARS = 255;
/** The scopes are stored with every call, and sent in the `WWW-Authenticate` header of a refusal. */
const MAXIMUM_SCOPES_CHARS = 4_000;
const OF_CLIENT = 'client:';
/** The latest time that a `Date` can hold. */
const LATEST_S = 8.64e12;
/** The claims are stored with every call. */
const MAXIMUM_CLAIMS_BYTES = 8_000;

export interface ClaimsOptions {
  readonly resource: string;
  /** The names of the claims that handlers get. No other claim leaves the node. */
  readonly claims: readonly string[];
}

/** @throws InvalidToken */
export function authenticatedBy(
  issuer: string,
  members: Claims,
  { resource, claims: names }: ClaimsOptions,
): Authenticated {
  if (!isFor(resource, members.aud)) throw new InvalidToken('The access token is for another resource');
  if (members.cnf !== undefined)
    throw new InvalidToken('The access token is bound to a key, which is not checked here');
  const clientId = textOf(members.client_id) ?? textOf(members.azp);
  const subject = subjectOf(textOf(members.sub), clientId);
  const scopes = scopesOf(members.scope ?? members.scp);
  if (scopes.join(' ').length > MAXIMUM_SCOPES_CHARS)
    throw new InvalidToken(`The access token has more than ${MAXIMUM_SCOPES_CHARS} characters of scopes`);
  const principal: Principal = { issuer, subject, clientId, scopes };
  const claims = Object.fromEntries(
    names.filter((name) => Object.hasOwn(members, name)).map((name) => [name, members[name]]),
  );
  if (jsonBytes(claims) > MAXIMUM_CLAIMS_BYTES)
    throw new InvalidToken(`The access token has more than ${MAXIMUM_CLAIMS_BYTES} bytes of claims`);
  return { principal, expiresAt: endOf(members.exp), claims };
}

/**
 * A client that acts for itself has its client id as subject (RFC 9068, section 2.2), or no subject. In the second case,
 * the prefix `client:` keeps the client apart from a person whose subject equals the client id.
 */
function subjectOf(subject: string | undefined, clientId: string | undefined): string {
  if (subject?.startsWith(OF_CLIENT))
    throw new InvalidToken(
      `The access token has a subject that begins with ${OF_CLIENT}, which is kept for clients`,
    );
  if (subject !== undefined) return subject;
  if (clientId === undefined) throw new InvalidToken('The access token names neither a subject nor a client');
  return `${OF_CLIENT}${clientId}`;
}

/** `exp` in epoch milliseconds. Must be finite, since the value is later stored as JSON. */
function endOf(exp: unknown): number | undefined {
  if (exp === undefined) return undefined;
  if (typeof exp !== 'number' || !(Math.abs(exp) < LATEST_S))
    throw new InvalidToken('The access token has an end that is no time');
  return exp * 1_000;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.length > MAXIMUM_SUBJECT_CHARS || /\p{C}/u.test(value))
    throw new InvalidToken('The access token has a subject or client that cannot be one');
  return value;
}
