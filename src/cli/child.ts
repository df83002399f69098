/** One role of `dev` as a process of its own: the same command that production runs, so what `dev` shows is what production does. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** The child has ended before it was ready; it has said why itself. */
export class ChildFailed extends Error {}

const STOP_TIMEOUT_MS = 15_000;

export class Child {
  readonly exited: Promise<void>;
  private stopping = false;

  private constructor(private readonly process: ChildProcess) {
    this.exited = once(process, 'exit').then(() => undefined);
  }

  /** Resolves when the child serves, with what it announced. @throws ChildFailed */
  static async start(process: ChildProcess): Promise<{ child: Child; announced: string }> {
    const child = new Child(process);
    const announced = new Promise<string>((resolve) => {
      process.on('message', (message: { ready?: string }) => {
        if (message.ready !== undefined) resolve(message.ready);
      });
    });
    const failed = child.exited.then(() => {
      throw new ChildFailed();
    });
    failed.catch(() => undefined);
    return { child, announced: await Promise.race([announced, failed]) };
  }

  /** Whether it ended without being asked to. */
  get hasCrashed(): boolean {
    return !this.stopping;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    this.process.kill('SIGTERM');
    await this.exited;
    clearTimeout(timer);
  }
}
