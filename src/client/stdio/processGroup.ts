/**
 * All processes that a server has started and that have not left its group. A server is often a grandchild
 * (`npx`, `sh -c`, `uvx`), and a signal to the child alone would leave it running. The group is that of a
 * detached child, so its number is the child's.
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;

/** Without an effect on a group that is gone, or belongs to another user. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!isOneOf(error, 'ESRCH', 'EPERM')) throw error;
  }
}

/** Resolves with whether the group was gone within the time. */
export async function groupEndsWithin(group: number, ms: number): Promise<boolean> {
  for (const deadline = performance.now() + ms; await isAlive(group); await sleep(LOOK_AGAIN_MS))
    if (performance.now() >= deadline) return false;
  return true;
}

async function isAlive(group: number): Promise<boolean> {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if (isOneOf(error, 'ESRCH')) return false;
    if (!isOneOf(error, 'EPERM')) throw error;
  }
  return process.platform !== 'linux' || (await hasMember(group));
}

/**
 * A signal also reaches processes that have ended but that nobody has waited for. Orphans stay so for ever in a
 * container whose first process does not expect any; they are no longer running.
 */
async function hasMember(group: number): Promise<boolean> {
  const names = await readdir('/proc').catch(() => undefined);
  if (!names) return true; // no /proc, so the signal's word counts
  const pids = names.filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.some((stat) => {
    // `pid (command) state parent group …`; the command may contain anything.
    const [state, , ofGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ofGroup === String(group) && state !== 'Z' && state !== 'X';
  });
}

const isOneOf = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');
