/** A Temporal server for one test, with its data in a temporary folder. It can be killed, frozen and restarted. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCommand, type RunningCommand } from './command';

export class TestTemporal {
  private constructor(
    /** The folder of the server's data. */
    readonly data: string,
    private command: RunningCommand,
  ) {}

  static async start(): Promise<TestTemporal> {
    const data = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-temporal-'));
    return new TestTemporal(data, await startServer(data, '0'));
  }

  /** `host:port` of the frontend; the same after a restart. */
  get address(): string {
    return /temporal (\S+)/.exec(this.command.ready)?.[1] ?? '';
  }

  /** Sends SIGKILL to the server itself, not to the command that runs it. */
  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.command.exited;
  }

  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Restarts the server after {@link kill}, at the same address, with its data or with none. */
  async restart({ empty = false } = {}): Promise<void> {
    if (empty) await rm(this.data, { recursive: true });
    this.command = await startServer(this.data, new URL(`http://${this.address}`).port);
  }

  /** Stops the server and removes its data. */
  async remove(): Promise<void> {
    await this.command.stop();
    await rm(this.data, { recursive: true, force: true });
  }

  private get pid(): number {
    return Number(/pid (\d+)/.exec(this.command.ready)?.[1]);
  }
}

const startServer = (data: string, port: string) =>
  startCommand(['temporal', '--data', data, '--port', port, '--ui-port', '0']);
