/** Starts and stops the process of the hostile client. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Orders } from './attacker';
import type { Sent } from './field';

/** How long the hostile client may take to end after its time is over. */
const GRACE_MS = 10_000;

export interface Done {
  readonly sent: Sent;
  /**
   * The begin and end of the attack, in epoch milliseconds, without the second or more that the process takes
   * to start.
   */
  readonly from: number;
  readonly to: number;
}

/** Resolves when the process has ended. @throws Error if the process failed */
export async function attack(orders: Orders): Promise<Done> {
  const child = fork(path.join(__dirname, 'attacker.ts'), [JSON.stringify(orders)]);
  let sent: Sent = { answers: {}, mayBeLeft: 0 };
  let from = Date.now();
  child.once('message', () => (from = Date.now()));
  child.on('message', (message) => (sent = message as Sent));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const timer = setTimeout(kill, orders.seconds * 1_000 + GRACE_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  process.off('exit', kill);
  if (code !== null && code !== 0)
    throw new Error(`The hostile client failed by itself; what it said stands above.`);
  return { sent, from, to: Date.now() };
}
