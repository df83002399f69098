/**
 * Ends a server's process group if this process dies without a call of `close()`, also by SIGKILL.
 *
 * The watchdog is a shell, in a session of its own, that reads from a pipe. Only this process holds the other
 * end (Node closes its pipes in every process that it starts), so the pipe closes when this process ends,
 * whatever ends it. The watchdog starts before the server and learns the group as soon as `spawn` returns. If
 * this process is killed inside of `spawn`, which takes a few milliseconds, the watchdog knows no group; the
 * server then gets only the end of its standard input, at which MCP asks every server to end. A shell that waits
 * for the watchdog and then becomes the server would leave no such gap, but shells change the environment: dash
 * drops variables such as `odd.name`, bash adds some.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { StopLimits } from './target';

/** Where `sleep` takes no fractions, each step is a second. `kill -s 0` and `--` are what both dash and bash accept. */
const SCRIPT = `
read -r group || exit 0
read -r never
wait_at_most() {
  steps=$1
  while kill -s 0 -- "-$group"; do
    [ "$steps" -gt 0 ] || return 0
    steps=$((steps - 1))
    sleep 0.1 || sleep 1
  done
  exit 0
}
wait_at_most "$1"
kill -s TERM -- "-$group"
wait_at_most "$2"
kill -s KILL -- "-$group"
`;
const STEP_MS = 100;

export class Watchdog {
  private readonly shell: ChildProcess;
  private readonly lifeline: Socket;

  /** @throws Error if there is no shell */
  constructor({ stdin, term }: StopLimits) {
    const steps = [stdin, term].map((ms) => String(Math.ceil(ms / STEP_MS)));
    this.shell = spawn('/bin/sh', ['-c', SCRIPT, 'mcp-server-watchdog', ...steps], {
      cwd: '/',
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.shell.on('error', () => undefined); // said by the missing pid
    this.lifeline = this.shell.stdin as Socket;
    this.lifeline.on('error', () => undefined); // a watchdog that somebody has killed
    if (this.shell.pid === undefined)
      throw new Error('The watchdog of the MCP server cannot be started: /bin/sh is missing or fails.');
    this.shell.unref();
    this.lifeline.unref();
  }

  watch(group: number): void {
    this.lifeline.write(`${group}\n`);
  }

  /** To be called when the group is gone: its number could then name another. */
  release(): void {
    this.shell.kill('SIGKILL');
    this.lifeline.destroy();
  }
}
