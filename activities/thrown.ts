/**
 * Converts an error of a handler into a failure for the history, which people read. Temporal fails a call for
 * good if a failure has some hundred kilobytes, even if retries are left; the client still gets the whole
 * message. (`deliveryGuarantees.test.ts`)
 */
import { ApplicationFailure } from '@temporalio/common';
import type { Heartbeat, StepError } from '../src/wire/call';
import { CallCancelled } from '../src/api/errors';
import { readable } from '../src/mcp/readable';

const MAXIMUM_CHARACTERS = 4_000;
const MAXIMUM_NAME = 200;
const MAXIMUM_CAUSES = 3;

/**
 * Fails the attempt. Another follows after `nextRetryDelay` milliseconds, or by the activity's retry policy.
 * `progress` is for the workflow, if it cancels the activity meanwhile: Temporal then does not retry.
 */
export function failureOf(
  thrown: unknown,
  nextRetryDelay?: number,
  progress?: Heartbeat,
): ApplicationFailure {
  const { name, message } = errorOf(thrown);
  const cause = thrown instanceof Error ? shortened(thrown, MAXIMUM_CAUSES) : undefined;
  const [type, said, details] = [short(name), short(message), progress && [progress]];
  return ApplicationFailure.create({ type, message: said, cause, nextRetryDelay, details });
}

/** Handlers can throw any value, and the name and message of an error can be any value. */
export function errorOf(what: unknown): StepError {
  const thrown = readable(what);
  if (!(thrown instanceof Error)) return { name: 'Error', message: textOf(thrown) };
  const { name, message, code } = thrown as { name: unknown; message: unknown; code?: unknown };
  return {
    name: textOf(name).slice(0, MAXIMUM_NAME),
    message: textOf(message),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(thrown instanceof CallCancelled && { because: 'cancelled' as const }),
  };
}

function shortened(thrown: Error, causes: number): Error {
  const { name, message } = errorOf(thrown);
  const error = new Error(short(message));
  error.name = short(name);
  error.stack = typeof thrown.stack === 'string' ? short(thrown.stack) : undefined;
  if (thrown.cause instanceof Error && causes > 0) error.cause = shortened(thrown.cause, causes - 1);
  return error;
}

const short = (text: string): string => text.slice(0, MAXIMUM_CHARACTERS);

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return String(value);
  } catch {
    return 'something without a text'; // Object.create(null)
  }
}
