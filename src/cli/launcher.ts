/**
 * Watches the npm or npx that started this process. npm passes a signal only to its shell, which dies of it
 * and leaves this process behind; npm that is killed passes nothing on. (`npx.test.ts`)
 */
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 250;

interface Ancestor {
  readonly pid: number;
  readonly ppid: number;
  readonly isNpm: boolean;
}

/**
 * Resolves when npm, or the shell between npm and this process, has ended. Never resolves if npm did not
 * start this process.
 */
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

/** The parent of this process: npm's shell, or npm itself. */
interface Launcher {
  readonly pid: number;
  /** The shell's parent, npm. Absent if npm itself is the parent, and without `/proc`. */
  readonly npm?: number;
}

function findLauncher(): Launcher | undefined {
  if (process.env.npm_command === undefined) return undefined;
  const parent = ancestor(process.ppid);
  // Without `/proc`, this process can only see whether its parent stays the same.
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
