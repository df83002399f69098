/** Turns the failures of a store's back end into errors that say what to do. */
import { StoreError } from '../errors';

/** The longest that an operation of a store may take. */
const REACH_WITHIN_MS = 10_000;

export const storeError = (message: string, cause?: unknown, retryable = true): StoreError =>
  new StoreError(message, { phase: 'unsent', retryable, cause });

/**
 * Fails when `act` fails or takes too long: clients of Redis keep a command for as long as there is no
 * connection. `advice` ends the sentence of the error. `act` gets its deadline in epoch milliseconds.
 */
export async function reach<T>(
  what: string,
  advice: string,
  act: (deadline: number) => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer came within ${REACH_WITHIN_MS / 1_000} s`));
    }, REACH_WITHIN_MS);
  });
  try {
    return await Promise.race([act(Date.now() + REACH_WITHIN_MS), late]);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const reason = error instanceof Error && error.message ? error.message : String(error);
    throw storeError(`${what}: ${reason.replace(/\.$/, '')}; ${advice}.`, error);
  } finally {
    clearTimeout(timer);
  }
}
