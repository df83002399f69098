/** One role of `dev` as a process of its own: the same command that production runs, so what `dev` shows is what production does. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { isRoleMessage, type ConnectMessage } from './role';

/** The child has ended before it was ready; the message is what it said. */
export class ChildFailed extends Error {}

const STOP_TIMEOUT_MS = 15_000;

export class Child {
  readonly exited: Promise<void>;
  private stopping = false;

  private constructor(private readonly process: ChildProcess) {
    this.exited = once(process, 'exit').then(() => undefined);
  }

  /**
   * Resolves when the child serves, with what it announced. It loads at once, which takes most of its time, and connects when `own`
   * resolves: to that address, or as its options say. @throws ChildFailed, and what `own` throws
   */
  static async start(
    started: ChildProcess,
    own: Promise<string | undefined>,
  ): Promise<{ child: Child; announced: string }> {
    const child = new Child(started);
    const said: Buffer[] = [];
    const listen = (chunk: Buffer) => void said.push(chunk);
    started.stderr?.on('data', listen);
    const announced = new Promise<string>((resolve, reject) => {
      started.on('message', (message: unknown) => {
        if (!isRoleMessage(message)) return;
        if ('ready' in message) resolve(message.ready);
        else own.then((address) => tell(started, address)).catch(reject);
      });
    });
    const failed = child.exited.then(() => {
      throw new ChildFailed(Buffer.concat(said).toString());
    });
    failed.catch(() => undefined);
    const ready = await Promise.race([announced, failed]).catch(async (error: unknown) => {
      await child.stop();
      throw error;
    });
    process.stderr.write(Buffer.concat(said));
    started.stderr?.off('data', listen).pipe(process.stderr, { end: false });
    return { child, announced: ready };
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

function tell(started: ChildProcess, address: string | undefined): void {
  const message: ConnectMessage = { connectTo: address ?? null };
  if (started.connected) started.send(message);
}
