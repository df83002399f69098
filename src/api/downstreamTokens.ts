/**
 * Tokens for other services, in the caller's name. The caller's own token must not be passed on (specification
 * 2025-11-25, authorization, "Access Token Privilege Restriction"), and workers do not have it. The author's callback
 * gets another token, for example by token exchange (RFC 8693). Only steps offer such tokens: the outcome of a step is
 * recorded in Temporal, so the step can be checked for a token before its outcome is recorded.
 */
import type { CallerAuth, RunningStep, StepContext } from './context';
import { StepMisuse } from './errors';

export interface WantedToken {
  /** The service that the token is to be for. */
  readonly audience: string;
  readonly scopes?: readonly string[];
  /** Aborts when the call is cancelled. */
  readonly signal: AbortSignal;
}

/** Resolves with an access token. Called in a worker, inside of a step, for each use: keep tokens yourself where they are dear. */
export type DownstreamToken = (caller: CallerAuth, wanted: WantedToken) => Promise<string>;

type StepFunction<T> = (step: StepContext) => T | Promise<T>;

/** Adds `downstreamToken` to the context of a step function. Its outcome is refused if a token is in it. */
export function withDownstreamTokens<T>(
  fn: StepFunction<T>,
  caller: CallerAuth | undefined,
  callback: DownstreamToken | undefined,
): (step: RunningStep) => Promise<T> {
  return async (step) => {
    const tokens: string[] = [];
    const downstreamToken: StepContext['downstreamToken'] = async (audience, scopes) => {
      if (!callback)
        throw new StepMisuse(
          'The server has no downstreamToken; give DurableMcpServer one in its options, to get tokens for other services.',
        );
      if (!caller)
        throw new StepMisuse(
          'Nobody is signed in, so there is no token in the name of the caller; start the nodes with --auth-issuer or --auth-keys.',
        );
      const token = await callback(caller, { audience, scopes, signal: step.signal });
      tokens.push(token);
      return token;
    };
    const refuse = (text: string | undefined) => {
      const isIn = (token: string) =>
        [token, JSON.stringify(token).slice(1, -1)].some((form) => text?.includes(form));
      if (tokens.some((token) => token !== '' && isIn(token)))
        throw new StepMisuse(
          'A step must not return or throw a token: its outcome is recorded in Temporal. Use the token inside of the step.',
        );
    };
    try {
      const value = await fn({ ...step, downstreamToken });
      if (tokens.length > 0) refuse(JSON.stringify(value));
      return value;
    } catch (error) {
      if (tokens.length > 0) refuse(textOf(error));
      throw error;
    }
  };
}

/** The parts of an error that are recorded in Temporal. */
const textOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.name} ${error.message} ${String((error as { code?: unknown }).code)}`
    : String(error);
