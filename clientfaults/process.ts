/** A process of the client: starts caller.ts, reads what it says, and kills it. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { until } from 'durable-mcp/testing';
import type { Order, Said } from './caller';

type Kind<K extends string> = Extract<Said, Record<K, unknown>>;

export class Caller {
  readonly said: Said[] = [];
  private errors = '';
  private isGone = false;
  private readonly exited: Promise<unknown>;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.exited = once(child, 'close').then(() => (this.isGone = true));
    createInterface({ input: child.stdout }).on('line', (line) => this.said.push(JSON.parse(line) as Said));
    child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    child.stdin.on('error', () => undefined);
    running.add(this);
  }

  static start(order: Order): Caller {
    const args = ['--import', 'tsx', path.join(__dirname, 'caller.ts'), JSON.stringify(order)];
    return new Caller(spawn(process.execPath, args, { cwd: path.join(__dirname, '..') }));
  }

  go(): void {
    this.child.stdin.write('go\n');
  }

  all<K extends string>(kind: K): Kind<K>[] {
    return this.said.filter((said): said is Kind<K> => kind in said);
  }

  /** Resolves when it has said so much of this kind. @throws Error if it ends before */
  says<K extends string>(kind: K, times = 1): Promise<Kind<K>[]> {
    return until(() => {
      const found = this.all(kind);
      if (found.length >= times) return found;
      const failed = this.all('failed')[0]?.failed ?? (this.isGone ? this.errors || 'it ended' : undefined);
      if (failed !== undefined) throw new Error(`The client failed: ${failed} ${JSON.stringify(this.said)}`);
      return undefined;
    });
  }

  /** SIGKILL: the process cannot clean up. */
  async kill(): Promise<void> {
    if (!this.isGone) this.child.kill('SIGKILL');
    await this.exited;
    running.delete(this);
  }

  async ended(): Promise<void> {
    await until(() => this.isGone);
    running.delete(this);
  }
}

const running = new Set<Caller>();
process.once('exit', () => {
  running.forEach((caller) => void caller.kill());
});
