/**
 * Writes to one workflow, a few at a time. Temporal has 10 updates of a workflow in flight and refuses more; the client then waits for
 * seconds and gives up after 10 tries. So the writes of one process wait here instead; several processes share what is left.
 */
const AT_A_TIME = 3;

interface Queue {
  running: number;
  readonly waiting: (() => void)[];
}
const queues = new Map<string, Queue>();

/** Runs `write` when it is its turn among those of the same key, first come, first served. */
export async function inTurn<T>(key: string, write: () => Promise<T>): Promise<T> {
  const queue = queues.get(key) ?? { running: 0, waiting: [] };
  queues.set(key, queue);
  if (queue.running >= AT_A_TIME) await new Promise<void>((resolve) => queue.waiting.push(resolve));
  else queue.running++;
  try {
    return await write();
  } finally {
    const next = queue.waiting.shift();
    if (next) next();
    else if (--queue.running === 0) queues.delete(key);
  }
}
