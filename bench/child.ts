/**
 * The child processes of the benchmark. None outlives the benchmark, and the death of one ends the benchmark.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = path.join(__dirname, '..');
export const COMMAND = path.join(ROOT, 'bin/durable-mcp');
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 15_000;

export interface Program {
  /** The program's name in messages, and the folder of its CPU profiles. */
  readonly title: string;
  readonly command: string;
  readonly args: string[];
  /**
   * Matches the line of standard output that marks the program as ready. Default: a line that begins with
   * `ready `; the rest of the line is `announced`.
   */
  readonly ready?: RegExp;
}

let log: { readonly file: string; readonly descriptor: number } | undefined;

/** Writes the standard error of all children to `file` from now on. */
export function logInto(file: string): void {
  log = { file, descriptor: openSync(file, 'a') };
}

const whereItSaysMore = (): string =>
  log ? `what it said is in ${path.relative(ROOT, log.file)}` : 'what it said stands above';

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  alive.forEach((child) => child.kill('SIGKILL'));
});

export class Child {
  /** What the program wrote on its ready line: the last group of {@link Program.ready}. */
  announced = '';
  /** Called with each later line of output. */
  onLine: ((line: string) => void) | undefined;
  private readonly exited: Promise<string>;
  private stopping = false;

  private constructor(
    private readonly process_: ChildProcess,
    private readonly program: Program,
  ) {
    alive.add(process_);
    this.exited = once(process_, 'exit').then(([code, signal]) => {
      alive.delete(process_);
      return `${program.title} ended with ${String(signal ?? code)}`;
    });
  }

  /**
   * Starts a Node program. With `profileInto`, it writes a CPU profile of each thread into that folder when
   * it ends.
   */
  static startNode(title: string, args: string[], profileInto?: string): Promise<Child> {
    const profiling = profileInto ? ['--cpu-prof', '--cpu-prof-dir', path.join(profileInto, title)] : [];
    return Child.start({ title, command: process.execPath, args: [...profiling, ...args] });
  }

  /** Resolves when the program is ready. */
  static async start(program: Program): Promise<Child> {
    const started = spawn(program.command, program.args, {
      cwd: ROOT,
      // A child ends by itself when its standard input or channel closes, that is, when the benchmark dies.
      stdio: [
        'pipe',
        'pipe',
        log?.descriptor ?? 'inherit',
        program.command === process.execPath ? 'ipc' : 'ignore',
      ],
    });
    const child = new Child(started, program);
    try {
      await child.ready();
      void child.exited.then((how) => {
        child.endAllUnlessStopping(how);
      });
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.process_.pid ?? 0;
  }

  say(line: string): void {
    this.process_.stdin?.write(`${line}\n`);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const timer = setTimeout(() => this.process_.kill('SIGKILL'), STOP_TIMEOUT_MS);
    this.process_.kill('SIGTERM');
    await this.exited;
    clearTimeout(timer);
  }

  /** Ends the benchmark: a call to a dead child would wait for ever. */
  private endAllUnlessStopping(how: string): void {
    if (this.stopping) return;
    console.error(`bench: ${how}; ${whereItSaysMore()}.`);
    process.exit(1);
  }

  private async ready(): Promise<void> {
    const { title, ready = /^ready (.*)$/ } = this.program;
    const { stdout } = this.process_;
    const failed = this.exited.then((how) => {
      throw new Error(`${how} before it was ready; ${whereItSaysMore()}.`);
    });
    failed.catch(() => undefined); // once the program is ready, nothing awaits this promise
    if (!stdout) return failed;
    const announced = new Promise<void>((resolve) => {
      createInterface({ input: stdout }).on('line', (line) => {
        const match = ready.exec(line);
        if (match) resolve(void (this.announced = match.at(-1) ?? ''));
        else this.onLine?.(line);
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(
          new Error(`${title} was not ready within ${READY_TIMEOUT_MS / 1_000} s; ${whereItSaysMore()}.`),
        );
      }, READY_TIMEOUT_MS);
    });
    await Promise.race([announced, failed, late]).finally(() => {
      clearTimeout(timer);
    });
  }
}

/** For child programs: resolves when the benchmark asks them to end, or has died. */
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
