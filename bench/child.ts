/** The processes that the benchmark starts: each is waited for, and none outlives it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = path.join(__dirname, '..');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

export class Child {
  private readonly exited: Promise<string>;
  private readonly killNow: () => void;
  private stopping = false;

  private constructor(
    private readonly process_: ChildProcess,
    private readonly title: string,
  ) {
    this.killNow = () => void process_.kill('SIGKILL');
    process.once('exit', this.killNow);
    this.exited = once(process_, 'exit').then(
      ([code, signal]) => `${title} ended with ${String(signal ?? code)}`,
    );
  }

  /**
   * Starts a Node program and resolves with what follows `ready ` on its standard output.
   * With `profileInto` it leaves a CPU profile of each of its threads there when it ends.
   */
  static async start(
    title: string,
    args: string[],
    profileInto?: string,
  ): Promise<{ child: Child; announced: string }> {
    const profiling = profileInto ? ['--cpu-prof', '--cpu-prof-dir', path.join(profileInto, title)] : [];
    // The channel is for the child: where it closes, the benchmark has died and the child ends by itself.
    const started = spawn(process.execPath, [...profiling, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const child = new Child(started, title);
    try {
      const announced = await child.ready();
      void child.exited.then((how) => {
        child.endAllUnlessStopping(how);
      });
      return { child, announced };
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const timer = setTimeout(this.killNow, STOP_TIMEOUT_MS);
    this.process_.kill('SIGTERM');
    await this.exited;
    clearTimeout(timer);
    process.removeListener('exit', this.killNow);
  }

  /** A call that nobody is left to answer would wait for ever. */
  private endAllUnlessStopping(how: string): void {
    if (this.stopping) return;
    console.error(`bench: ${how}; what it said stands above.`);
    process.exit(1);
  }

  private async ready(): Promise<string> {
    const { stdout } = this.process_;
    if (!stdout) throw new Error(`${this.title} has no standard output.`);
    const announced = new Promise<string>((resolve) => {
      createInterface({ input: stdout }).on('line', (line) => {
        if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
      });
    });
    const failed = this.exited.then((how) => {
      throw new Error(`${how} before it was ready; what it said stands above.`);
    });
    failed.catch(() => undefined); // later it ends because it is told to
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${this.title} was not ready within ${READY_TIMEOUT_MS / 1_000} s.`));
      }, READY_TIMEOUT_MS);
    });
    return Promise.race([announced, failed, late]).finally(() => {
      clearTimeout(timer);
    });
  }
}

/** For our own child programs: resolves when the benchmark asks them to end, or has died. */
export function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    process.once('disconnect', stop);
  });
}
