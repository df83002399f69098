/**
 * The author's code that runs in this process, by the request that it runs for. What it throws from a timer or an event reaches none of its
 * callers: the request is then found here, and fails. (`strayExceptions.test.ts`)
 */
import { runningCall, type RunningCall } from './runningCall';

export const inFlight = new Set<RunningCall>();

/**
 * The calls whose code has thrown what is being handled by `uncaughtException`, or was rejected: the one that started the timer, the socket or the
 * promise; where Node has lost it, as for microtasks and for events that others send, all that are in flight.
 */
export function suspects(): readonly RunningCall[] {
  const call = runningCall.getStore();
  return call ? [call] : [...inFlight];
}

/** Runs the author's code for `call`; the result is that of `onStray` if the code throws where nobody can catch it. */
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
