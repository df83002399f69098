/** The requests that are no tool calls, with their limit of time. */
import { LONGEST_TIMER_MS } from '../../shared/duration';
import { Cancelled, RequestTimeout } from '../errors';
import { Limit } from './limit';

/** For the official client, whose own limit would reject with an error that a server could have sent. */
export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly timeout: number;
}

/** @throws RequestTimeout after `ms`; the server is told */
export async function limited<T>(
  what: string,
  ms: number,
  request: (options: RequestOptions) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const { signal } = abort;
  const limit = new Limit(ms, () => {
    abort.abort(timedOut(what, ms, 'timeout.request'));
  });
  try {
    return await request({ signal, timeout: LONGEST_TIMER_MS });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    limit.stop();
  }
}

export const timedOut = (
  what: string,
  ms: number,
  option: string,
  phase: 'unsent' | 'maybe' = 'maybe',
): RequestTimeout =>
  new RequestTimeout(
    phase === 'unsent'
      ? `${what} could not be sent within ${ms / 1_000} s; see whether the server runs.`
      : `${what} was not answered within ${ms / 1_000} s, and the server was told to cancel it; give it a longer ${option}, or look at what the server does.`,
    { phase, retryable: phase === 'unsent' },
  );

export const alreadyClosed = (name: string): Cancelled =>
  new Cancelled(`The connection to ${name} was closed; connect again.`, {
    phase: 'unsent',
    retryable: false,
  });
