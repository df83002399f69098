/** Runs one role of `dev` as a process of its own, with the same command that production uses. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { isRoleMessage, type ConnectMessage } from './role';

/** The child ended before it was ready; the message is its output on standard error. */
export class ChildFailed extends Error {}

const STOP_TIMEOUT_MS = 15_000;

export class Child {
  readonly exited: Promise<void>;
  private stopping = false;

  private constructor(private readonly process: ChildProcess) {
    this.exited = once(process, 'exit').then(() => undefined);
  }

  /**
   * Resolves when the child serves, with the text of its `ready` message. The child loads the app at once,
   * which takes most of its time. It connects to Temporal when `own` resolves: to that address, or, if
   * `undefined`, to the server of its own options.
   * @throws ChildFailed, or the error of `own`
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

  /** For a child that has ended: whether it did so without a call of {@link stop}. */
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
