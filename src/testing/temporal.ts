/** A Temporal server of a test's own, on a file in a temporary folder, to be killed, frozen and started again. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCommand, type RunningCommand } from './command';

export class TestTemporal {
  private constructor(
    private readonly data: string,
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

  /** SIGKILL of the server itself, not of the command around it. */
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

  /** Starts it again after {@link kill}, at the same address, with what it had stored, or with nothing. */
  async restart({ empty = false } = {}): Promise<void> {
    if (empty) await rm(this.data, { recursive: true });
    this.command = await startServer(this.data, new URL(`http://${this.address}`).port);
  }

  /** Ends it and removes its data. */
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
