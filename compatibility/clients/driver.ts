/** The process of a driver: takes orders on standard input, and reports on standard output. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { report, type DriverCommand, type Order, type Report } from './client';

/**
 * Enough for a start of the client, and for the longest call when its worker is killed, on a slow machine.
 */
export const PATIENCE_MS = 60_000;
/** How many characters of standard error are kept, for the report of a failure. */
const LAST_WORDS = 800;

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

export class Driver {
  private readonly waiting = new Map<number, (report: Report) => void>();
  private readonly exited: Promise<unknown>;
  private orders = 0;
  private errors = '';

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.exited = once(child, 'close');
    child.stderr.on('data', (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-LAST_WORDS);
    });
    child.stdin.on('error', () => undefined); // the end of the process ends the orders
    createInterface(child.stdout).on('line', (line) => {
      this.read(line);
    });
    const gone = (why: string) => {
      for (const [id, settle] of this.waiting) settle({ id, error: `The driver ended${why}` });
    };
    child.on('error', ({ message }) => {
      gone(`: ${message}`);
    });
    child.on('close', (code) => {
      gone(` with ${code}`);
    });
  }

  static start({ command, args, cwd, env }: DriverCommand): Driver {
    return new Driver(spawn(command, args, { cwd, env: { ...process.env, ...env } }));
  }

  /**
   * Resolves with the driver's report. If the driver has ended or does not answer, the report is an error.
   */
  order(order: WithoutId<Order>, patienceMs = PATIENCE_MS): Promise<Report> {
    const id = ++this.orders;
    return new Promise((resolve) => {
      const settle = (report: Report) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(report);
      };
      const timer = setTimeout(() => {
        settle({ id, error: `Nothing came within ${patienceMs / 1_000} s` });
      }, patienceMs);
      this.waiting.set(id, settle);
      if (this.child.exitCode !== null)
        settle({ id, error: `The driver has ended with ${this.child.exitCode}` });
      else this.child.stdin.write(`${JSON.stringify({ id, ...order })}\n`);
    });
  }

  get lastWords(): string {
    return this.errors;
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await this.exited;
    clearTimeout(timer);
  }

  /** Lines that are no reports are no failure: libraries print on standard output too. */
  private read(line: string): void {
    let said: unknown;
    try {
      said = JSON.parse(line);
    } catch {
      said = undefined;
    }
    const { success, data } = report.safeParse(said);
    if (success) this.waiting.get(data.id)?.(data);
    else this.errors = `${this.errors}${line}\n`.slice(-LAST_WORDS);
  }
}
