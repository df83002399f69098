/** Errors of the client as failures of an activity, which Temporal retries where that may help. */
import { ApplicationFailure } from '@temporalio/common';
import { NO_SESSION, unknownOutcome } from '../core/unknownOutcome';
import { McpClientError, OutcomeUnknown } from '../errors';
import { Failures, type RequestInput } from '../workflow/protocol';

export function failureOf(error: unknown): unknown {
  if (!(error instanceof McpClientError)) return error;
  const { message, name: type, phase, retryable, cause } = error;
  const known = error instanceof OutcomeUnknown && { callId: error.callId, lastEventId: error.lastEventId };
  return ApplicationFailure.create({
    message,
    type,
    nonRetryable: !retryable,
    details: [{ phase, ...known }],
    cause: cause instanceof Error ? cause : undefined,
  });
}

export function lostWith({ message, session }: RequestInput): ApplicationFailure {
  const { name } = message.params ?? {};
  const title = typeof name === 'string' ? name : message.method;
  return ApplicationFailure.nonRetryable(unknownOutcome(title, NO_SESSION), Failures.sessionLost, {
    phase: 'maybe',
    callId: message.id,
    sessionId: session.id,
  });
}
