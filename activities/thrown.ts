/**
 * What a handler threw, as a failure in the history, where people read it. Temporal gives a call up whose failure has some hundred
 * kilobytes, however often it may still be tried; the client gets the whole message. (`deliveryGuarantees.test.ts`)
 */
import { ApplicationFailure } from '@temporalio/activity';

const MAXIMUM_CHARACTERS = 4_000;
const MAXIMUM_CAUSES = 3;

/** The attempt has failed; another follows after `nextRetryDelay`, in milliseconds, or after what the activity's policy says. */
export function failureOf(thrown: unknown, nextRetryDelay?: number): ApplicationFailure {
  const { name, message } = nameAndMessage(thrown);
  const cause = thrown instanceof Error ? shortened(thrown, MAXIMUM_CAUSES) : undefined;
  return ApplicationFailure.create({ type: short(name), message: short(message), cause, nextRetryDelay });
}

/** Handlers can throw anything. */
export const nameAndMessage = (thrown: unknown): Pick<Error, 'name' | 'message'> =>
  thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };

function shortened({ name, message, stack, cause }: Error, causes: number): Error {
  const error = new Error(short(message));
  error.name = short(name);
  error.stack = stack && short(stack);
  if (cause instanceof Error && causes > 0) error.cause = shortened(cause, causes - 1);
  return error;
}

const short = (text: string): string => text.slice(0, MAXIMUM_CHARACTERS);
