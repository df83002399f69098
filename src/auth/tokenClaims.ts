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
/** The scopes of a token travel with every call, and in the header of a refusal. */
const MAXIMUM_SCOPES_CHARS = 4_000;
const OF_CLIENT = 'client:';
/** The end of JavaScript's time. */
const LATEST_S = 8.64e12;
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
  const subject = subjectOf(textOf(members.sub), clientId);
  const scopes = scopesOf(members.scope ?? members.scp);
  if (scopes.join(' ').length > MAXIMUM_SCOPES_CHARS)
    throw new InvalidToken(`The access token has more than ${MAXIMUM_SCOPES_CHARS} characters of scopes`);
  const principal: Principal = { issuer, subject, clientId, scopes };
  const claims = Object.fromEntries(
    names.filter((name) => Object.hasOwn(members, name)).map((name) => [name, members[name]]),
  );
  if (JSON.stringify(claims).length > MAXIMUM_CLAIMS_BYTES)
    throw new InvalidToken(`The access token has more than ${MAXIMUM_CLAIMS_BYTES} bytes of claims`);
  return { principal, expiresAt: endOf(members.exp), claims };
}

/**
 * A client that acts for itself has no subject, or its id as one (RFC 9068, section 2.2). Without one it must not be taken for a person whose
 * subject is the same text.
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

/** Epoch milliseconds, which later become JSON. */
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
