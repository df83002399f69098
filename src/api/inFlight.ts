/**
 * Holds the calls whose handlers run in this process. An exception from a timer or an event reaches no caller
 * of the handler; its call is found here, and fails. (`strayExceptions.test.ts`)
 */
import { runningCall, type RunningCall } from './runningCall';

export const inFlight = new Set<RunningCall>();

/**
 * The calls whose code may have caused the current `uncaughtException` or rejection: the call that started
 * the timer, the socket or the promise. Where Node has lost that context (microtasks, events that other code
 * emits), all calls in flight.
 */
export function suspects(): readonly RunningCall[] {
  const call = runningCall.getStore();
  return call ? [call] : [...inFlight];
}

/**
 * Runs the author's code for `call`. If the code throws where no caller can catch the error, `onStray`
 * decides the result.
 */
export async function runInFlight<T>(
  call: RunningCall,
  run: () => Promise<T>,
  onStray: (thrown: unknown) => T = rethrow,
): Promise<T> {
  const stray = new Promise<T>((resolve) => {
    call.fail = (thrown) => {
      resolve(Promise.resolve(thrown).then(onStray));
    };
  });
  inFlight.add(call);
  try {
    return await Promise.race([runningCall.run(call, run), stray]);
  } finally {
    inFlight.delete(call);
  }
}

function rethrow(thrown: unknown): never {
  throw thrown;
}
