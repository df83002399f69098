/** Authorization of every request at the MCP endpoint (specification 2025-11-25, authorization). */
import type { Request, RequestHandler } from 'express';
import type { Authenticated } from '../auth/authenticated';
import type { Authentication } from '../auth/authentication';
import type { Challenge } from '../auth/challenge';
import { InvalidToken, IssuerUnavailable } from '../auth/refusals';
import { Refusal } from '../mcp/refusal';
import type { Caller } from '../service/context';
import { InsufficientScope } from '../service/scopes';
import { ANONYMOUS } from '../wire/principal';
import { RpcCode } from '../wire/rpcErrors';
import { peerOf } from './peers';

const RETRY_AFTER_S = '5';

const authenticated = new WeakMap<Request, Authenticated>();

/** The verified credential of a request; `undefined` if the node has no authorization. */
export const credentialOf = (req: Request): Authenticated | undefined => authenticated.get(req);

/** Refuses requests without a valid credential, or without the scopes that every request needs. */
export function authorize(authentication: Authentication): RequestHandler {
  return async (req, _res, next) => {
    const credential = await authentication.authenticate(req.get('authorization')).catch((error: unknown) => {
      throw refused(authentication, error);
    });
    if (!credential) throw unauthorized(authentication, {}, NO_TOKEN);
    const lack = authentication.lacksForAny(credential);
    if (lack) throw new InsufficientScope(lack, 'This server');
    authenticated.set(req, credential);
    next();
  };
}

export function callerOf(req: Request, authentication: Authentication | undefined): Caller {
  const credential = credentialOf(req);
  if (!authentication || !credential)
    return { principal: ANONYMOUS, peer: peerOf(req, ANONYMOUS), lacks: () => undefined };
  const { principal, expiresAt, claims } = credential;
  return {
    principal,
    peer: peerOf(req, principal),
    auth: { principal, expiresAt, claims },
    lacks: (scopes) => authentication.lacks(credential, scopes),
  };
}

/** Adds `WWW-Authenticate` to a refusal for missing scopes, and leaves other refusals as they are. */
export function withChallenge(authentication: Authentication | undefined, refusal: Refusal): Refusal {
  if (!authentication || !(refusal instanceof InsufficientScope)) return refusal;
  const { status, code, message, headers, lack, reason } = refusal;
  const challenge = { error: 'insufficient_scope', description: reason, scopes: lack.needed } as const;
  return new Refusal(status, code, message, {
    ...headers,
    'WWW-Authenticate': authentication.challenge(challenge),
  });
}

const NO_TOKEN =
  'The request has no access token; send one in the Authorization header, as the WWW-Authenticate header says.';

const unauthorized = (
  authentication: Authentication,
  challenge: Partial<Challenge>,
  message: string,
): Refusal =>
  new Refusal(401, RpcCode.badTransport, message, {
    'WWW-Authenticate': authentication.challenge(challenge),
  });

function refused(authentication: Authentication, error: unknown): unknown {
  if (error instanceof InvalidToken) {
    const { message: description } = error;
    return unauthorized(
      authentication,
      { error: 'invalid_token', description },
      `${description}; get a new one.`,
    );
  }
  if (error instanceof IssuerUnavailable) {
    const message = 'The access token cannot be checked now, since its issuer does not answer; try again.';
    return new Refusal(503, RpcCode.badTransport, message, { 'Retry-After': RETRY_AFTER_S });
  }
  return error;
}
