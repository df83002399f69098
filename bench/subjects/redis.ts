/**
 * A Redis for one subject. It writes a command to the disk before it answers (`always`), or within a second
 * (`everysec`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync, type ChildProcess } from 'node:child_process';
import { freePort } from '../../src/temporal/freePort';
import { guardAgainstOurDeath } from '../../src/temporal/embedded';
import { Child } from '../child';

export type Fsync = 'always' | 'everysec';

const READY = /Ready to accept connections/;

export class Redis {
  private constructor(
    private readonly server: Child,
    private readonly guard: ChildProcess,
    readonly url: string,
    /** For example `Redis 7.0.15, appendfsync always`. */
    readonly made: string,
  ) {}

  /** The version of the `redis-server` on the PATH, if there is one. */
  static version(): string | undefined {
    try {
      return /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1];
    } catch {
      return undefined;
    }
  }

  static async start(fsync: Fsync): Promise<Redis> {
    const data = mkdtempSync(path.join(os.tmpdir(), 'durable-mcp-redis-'));
    process.once('exit', () => {
      rmSync(data, { recursive: true, force: true });
    });
    const port = String(await freePort());
    const settings = { bind: '127.0.0.1', port, dir: data, save: '', appendonly: 'yes', appendfsync: fsync };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const server = await Child.start({ title: 'redis', command: 'redis-server', args, ready: READY });
    const guard = guardAgainstOurDeath(server.pid);
    const made = `Redis ${Redis.version() ?? ''}, appendfsync ${fsync}`;
    return new Redis(server, guard, `redis://127.0.0.1:${port}/0`, made);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.guard.kill();
  }
}
