/** Limits how much of one kind goes on at a time. */

interface Queue {
  running: number;
  readonly waiting: (() => void)[];
}

/** Runs `act` when it is its turn: at most `atATime` of the same key run at once, first come, first served. */
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
 * For writes to one workflow, by its id. Temporal has 10 updates of a workflow in flight and refuses more; the client then waits for seconds
 * and gives up after 10 tries. So the writes of one process wait here instead; several processes share what is left.
 */
export const perWorkflowLimiter = limiter(3);
