/** Calls of Temporal that an HTTP client waits for: bounded in time, and with an answer that says what to do. */
import { isGrpcServiceError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { status } from '@grpc/grpc-js';
import type { Tail } from '../log/tail';
import { HttpError, RpcCode, sessionNotFound } from '../protocol/errors';
import { workflowIdOf } from '../protocol/session';
import type { NodeContext } from './context';

const DEADLINE_MS = 10_000;

/** @throws HttpError 404 if the session has ended, 503 if Temporal does not answer. */
export async function toTemporal<T>({ client, log }: NodeContext, call: () => Promise<T>): Promise<T> {
  try {
    return await client.connection.withDeadline(Date.now() + DEADLINE_MS, call);
  } catch (error) {
    throw clientErrorOf(error) ?? log.error({ err: error }, 'Temporal refused a call') ?? error;
  }
}

/** A signal is durable when this returns. @throws as {@link toTemporal} */
export async function signal<Payload>(
  node: NodeContext,
  tail: Tail,
  name: string,
  payload: Payload,
): Promise<void> {
  const handle = node.client.workflow.getHandle(workflowIdOf(tail.sessionId));
  await toTemporal(node, () => handle.signal<[Payload]>(name, payload));
}

/** What the client is told of a Temporal error; `undefined` for those that are a defect of ours. */
export function clientErrorOf(error: unknown): HttpError | undefined {
  if (error instanceof WorkflowNotFoundError) return sessionNotFound();
  const grpc = [error, error instanceof Error ? error.cause : undefined].find(isGrpcServiceError);
  if (!grpc || ![status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED].includes(grpc.code))
    return undefined;
  return new HttpError(
    503,
    RpcCode.unavailable,
    'Temporal does not answer, so the request may or may not have been accepted; send it again with the same id.',
    { 'Retry-After': '1' },
  );
}
