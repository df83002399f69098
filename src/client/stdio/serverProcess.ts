/** One server as a child process with a group of its own: its start, its end, and what it says on standard error. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { McpClientError } from '../errors';
import { environmentOf } from './environment';
import { whyNotStarted, type Exit } from './failures';
import { LineCutter, Tail } from './lines';
import { groupEndsWithin, signalGroup } from './processGroup';
import type { CheckedTarget, StopLimits } from './target';
import { Watchdog } from './watchdog';

const KEPT_STDERR = 64 * 1024;
/** How long the pipes of a process that has ended may bring more: what it wrote last says why. */
const DRAIN_MS = 250;
/** The kernel ends a process at once after SIGKILL, unless a device does not answer. */
const KILL_TAKES_MS = 5_000;

export class ServerProcess {
  readonly startedAt = new Date();
  /** Resolves when the child has ended and its output was read. */
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;
  private readonly childEnded: Promise<unknown>;
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    readonly stdin: Writable,
    readonly stdout: Readable,
    private readonly stderr: Tail,
    private readonly watchdog: Watchdog,
    private readonly limits: StopLimits,
  ) {
    stdin.on('error', () => undefined); // said by each write
    const closed = once(child, 'close');
    this.childEnded = once(child, 'exit');
    this.exited = this.childEnded.then(() => this.drain(closed));
  }

  /** @throws ServerExited if the process cannot be started */
  static async start(target: CheckedTarget, onError: (error: Error) => void): Promise<ServerProcess> {
    if (process.platform === 'win32')
      throw new Error('MCP servers over stdio are not supported on Windows, which has no process groups.');
    const env = environmentOf(target);
    const watchdog = new Watchdog(target.stop);
    try {
      const child = spawn(target.command, target.args, {
        cwd: target.cwd,
        env,
        detached: true, // a group of its own
        stdio: ['pipe', 'pipe', target.stderr === 'inherit' ? 'inherit' : 'pipe'],
      });
      if (child.pid !== undefined) watchdog.watch(child.pid);
      const stderr = drainStderr(child.stderr, target.stderr, onError);
      await once(child, 'spawn');
      const { pid, stdin, stdout } = child;
      if (pid === undefined || !stdin || !stdout) throw new Error('it has no pipes');
      return new ServerProcess(child, pid, stdin, stdout, stderr, watchdog, target.stop);
    } catch (error) {
      watchdog.release();
      throw await whyNotStarted(error, { ...target, env });
    }
  }

  get stderrTail(): string {
    return this.stderr.toString();
  }

  /**
   * Ends all processes of the group: by the end of their input, then SIGTERM, then SIGKILL. Resolves when none is
   * left. A process that has made itself a group of its own (a daemon) is not found.
   */
  stop(): Promise<void> {
    return (this.stopping ??= this.endGroup());
  }

  private async endGroup(): Promise<void> {
    this.stdin.end();
    const gone =
      (await this.endsWithin(this.limits.stdin)) ||
      (await this.endsWithin(this.limits.term, 'SIGTERM')) ||
      (await this.endsWithin(KILL_TAKES_MS, 'SIGKILL'));
    if (!gone) this.letGo();
    this.watchdog.release();
    await this.exited;
  }

  private async endsWithin(ms: number, signal?: NodeJS.Signals): Promise<boolean> {
    const deadline = performance.now() + ms;
    if (signal) signalGroup(this.pid, signal);
    if (!(await settlesWithin(this.childEnded, ms))) return false;
    return groupEndsWithin(this.pid, deadline - performance.now());
  }

  private letGo(): never {
    this.child.unref();
    this.closePipes();
    throw new McpClientError(
      `The MCP server's process group ${this.pid} is still there ${KILL_TAKES_MS} ms after SIGKILL; a device or a network file system may hold it.`,
      { phase: 'answered', retryable: false },
    );
  }

  /** Descendants can keep the pipes open, so their end is waited for only a moment. */
  private async drain(closed: Promise<unknown>): Promise<Exit> {
    await settlesWithin(closed, DRAIN_MS);
    await nextTurn(); // if this process was busy for longer: its event loop reads what has come before
    this.closePipes();
    const { exitCode: code, signalCode: signal } = this.child;
    return (this.exit = { code, signal, stderrTail: this.stderrTail });
  }

  /** An open pipe would keep this process alive. */
  private closePipes(): void {
    this.child.stdin?.destroy();
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }
}

/** Reads from the start: a server that fills the pipe would otherwise wait, before `initialize`, for ever. */
function drainStderr(
  stderr: Readable | null,
  to: CheckedTarget['stderr'],
  onError: (error: Error) => void,
): Tail {
  const tail = new Tail(KEPT_STDERR);
  stderr?.on('data', (chunk: Buffer) => {
    tail.push(chunk);
  });
  stderr?.on('error', onError);
  if (typeof to !== 'function') return tail;
  const tell = (line: string) => {
    try {
      to(line);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const lines = new LineCutter(KEPT_STDERR, tell, tell);
  stderr?.on('data', (chunk: Buffer) => {
    lines.push(chunk);
  });
  stderr?.on('end', () => {
    lines.end();
  });
  return tail;
}

/** Resolves with whether the promise was settled within the time. */
async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
