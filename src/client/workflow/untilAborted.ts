/** Cancels an operation by an `AbortSignal`, which frameworks hand to their tools, as well as by its scope. */
import { CancellationScope } from '@temporalio/workflow';

/** The part of `AbortSignal` that is needed: any implementation will do. */
export interface Signal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export function untilAborted<T>(signal: Signal | undefined, act: () => Promise<T>): Promise<T> {
  if (!signal) return act();
  return CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const cancel = () => {
      scope.cancel();
    };
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel);
    try {
      return await act();
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  });
}
