/** Limits concurrency by key. */

interface Queue {
  running: number;
  readonly waiting: (() => void)[];
}

/** Runs `act` when its turn comes: at most `atATime` of one key run at once, first come, first served. */
export function limiter(atATime: number) {
  const queues = new Map<string, Queue>();
  return async <T>(key: string, act: () => Promise<T>): Promise<T> => {
    const queue = queues.get(key) ?? { running: 0, waiting: [] };
    queues.set(key, queue);
    if (queue.running >= atATime) await new Promise<void>((resolve) => queue.waiting.push(resolve));
    else queue.running++;
    try {
      return await act();
    } finally {
      const next = queue.waiting.shift();
      if (next) next();
      else if (--queue.running === 0) queues.delete(key);
    }
  };
}

/**
 * For writes to one workflow, by workflow id. Temporal accepts 10 updates of a workflow in flight and refuses
 * more; its client then waits for seconds and gives up after 10 tries. The writes of one process therefore
 * wait here; several processes share the 10.
 */
export const perWorkflowLimiter = limiter(3);
