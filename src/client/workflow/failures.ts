/** What a workflow sees of a request that has no result: always an `ApplicationFailure`, with the error's name as its type. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { JSONRPCErrorResponse, RequestId } from '../../wire/messages';
import { Failures, type SessionRecord } from './protocol';

export const mcpError = ({ code, message, data }: JSONRPCErrorResponse['error']): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, Failures.mcpError, { code, data });

export const sessionLost = (title: string, callId: RequestId, { id }: SessionRecord): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `Whether ${title} ran is unknown: the server no longer has its session. Look at what it should have done before calling it again.`,
    Failures.sessionLost,
    { callId, sessionId: id },
  );

export const losesSessions = (server: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `The server ${server} loses each session at once; see whether all its nodes share their sessions.`,
    Failures.sessionLost,
  );

export const timedOut = (title: string, callId: RequestId): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `${title} did not end in time. The server was told to cancel it; it may have run.`,
    Failures.requestTimeout,
    { callId },
  );

/** Whether the whole time of an activity is over, all its attempts included. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  (error.cause instanceof TimeoutFailure || error.retryState === 'TIMEOUT');

/** The failure by which callers tell errors apart, without the activity around it. */
export const reasonOf = (error: unknown): unknown =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : error;
