/**
 * Whether npm or npx, where it has started this process, still runs. It passes a signal on to its shell alone, which dies of it and leaves this
 * process behind; and killed itself, it passes nothing on. (`npx.test.ts`)
 */
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 250;

interface Ancestor {
  readonly pid: number;
  readonly ppid: number;
  readonly isNpm: boolean;
}

/** Resolves when npm, or the shell between npm and this process, has gone. Never, where npm has not started this process. */
export function launcherGone(): Promise<void> {
  const launcher = findLauncher();
  return new Promise((resolve) => {
    if (!launcher) return;
    const timer = setInterval(() => {
      if (isThere(launcher)) return;
      clearInterval(timer);
      resolve();
    }, LOOK_EVERY_MS).unref();
  });
}

/** npm, or its shell. */
interface Launcher {
  readonly pid: number;
  /** Of npm, above its shell. */
  readonly npm?: number;
}

function findLauncher(): Launcher | undefined {
  if (process.env.npm_command === undefined) return undefined;
  const parent = ancestor(process.ppid);
  // Without /proc no more is known than whether the parent stays.
  if (!parent || parent.isNpm) return { pid: process.ppid };
  return ancestor(parent.ppid)?.isNpm ? { pid: parent.pid, npm: parent.ppid } : undefined;
}

const isThere = ({ pid, npm }: Launcher): boolean =>
  process.ppid === pid && (npm === undefined || ancestor(pid)?.ppid === npm);

function ancestor(pid: number): Ancestor | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const ppid = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]);
    return { pid, ppid, isNpm: readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('npm ') };
  } catch {
    return undefined;
  }
}
