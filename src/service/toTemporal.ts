/**
 * Calls to Temporal for which an HTTP client waits. They have a deadline, and their errors tell the client
 * what to do.
 */
import { isGrpcServiceError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { status, type ServiceError } from '@grpc/grpc-js';
import type { Tail } from '../log/tail';
import { Refusal, sessionNotFound } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { runIsFull, withinBudget } from './budget';
import type { ServiceContext } from './context';
import { pauseInShortage } from './shortage';

const DEADLINE_MS = 10_000;
/**
 * The error messages of Temporal's limits for one run, whose codes (INVALID_ARGUMENT, FAILED_PRECONDITION)
 * have other causes too. The messages are in Temporal's source: service/history/consts and
 * service/history/workflow/update. budget.ts keeps one node below the limits; several nodes that send at once
 * can exceed them.
 */
const RUN_IS_FULL =
  /exceeded workflow execution limit for signal events|limit on the total number of distinct updates/i;

/** @throws Refusal 404 if the session has ended, 503 if Temporal does not answer */
export async function toTemporal<T>(
  { client, log }: ServiceContext,
  call: () => Promise<T>,
  until = Date.now() + DEADLINE_MS,
): Promise<T> {
  try {
    return await client.connection.withDeadline(until, call);
  } catch (error) {
    throw clientErrorOf(error) ?? log.error({ err: error }, 'Temporal refused a call') ?? error;
  }
}

/**
 * Sends a signal, which is durable when this resolves. @throws as {@link toTemporal}, and Refusal 429 if the
 * session has been sent too much
 */
export async function signal<Payload>(
  context: ServiceContext,
  tail: Tail,
  name: string,
  payload: Payload,
  until?: number,
): Promise<void> {
  const handle = context.client.workflow.getHandle(tail.ref.workflowId);
  await withinBudget(tail, name, payload, () =>
    toTemporal(context, () => handle.signal<[Payload]>(name, payload), until),
  );
}

/**
 * The refusal that a client gets for an error of Temporal; `undefined` for an error that is a defect of this
 * product.
 */
export function clientErrorOf(error: unknown): Refusal | undefined {
  if (error instanceof WorkflowNotFoundError) return sessionNotFound();
  const grpc = [error, error instanceof Error ? error.cause : undefined].find(isGrpcServiceError);
  if (grpc && RUN_IS_FULL.test(grpc.details)) return runIsFull();
  if (grpc?.code === status.RESOURCE_EXHAUSTED) return new TemporalIsShort(grpc);
  if (!grpc || ![status.UNAVAILABLE, status.DEADLINE_EXCEEDED].includes(grpc.code)) return undefined;
  return new Refusal(
    503,
    RpcCode.unavailable,
    'Temporal does not answer, so the request may or may not have been accepted; send it again with the same id.',
    { 'Retry-After': '1' },
  );
}

/** Temporal answers with a refusal because one of its limits is reached. */
export class TemporalIsShort extends Refusal {
  /** The limit, in Temporal's words. */
  readonly limit: string;

  constructor({ details }: ServiceError) {
    super(
      503,
      RpcCode.unavailable,
      'Temporal has reached a limit and refuses requests; send this one again with the same id, not before the time that Retry-After gives.',
      { 'Retry-After': String(pauseInShortage()) },
    );
    this.limit = details;
  }
}
