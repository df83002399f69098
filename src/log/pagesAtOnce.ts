/** How many pages of logs a node holds in memory at the same time: many readers may come at once, and a page can have megabytes. */
const MOST = 4;

let open = 0;
const waiting: (() => void)[] = [];

/** Runs `read` when it is its turn, first come, first served. It must end soon: whoever waits for a client to read must not hold a place. */
export async function inTurn<T>(read: () => Promise<T>): Promise<T> {
  if (open >= MOST) await new Promise<void>((resolve) => waiting.push(resolve));
  else open++;
  try {
    return await read();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else open--;
  }
}
