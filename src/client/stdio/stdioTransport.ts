/**
 * An MCP server as a child process, as a transport for any client of an MCP SDK. One instance runs one process:
 * to start the server again, make another instance.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JSONRPCMessage } from '../../wire/messages';
import { Cancelled, McpClientError, type Phase, type ServerExited } from '../errors';
import { serverExited, type Exit } from './failures';
import { messageOf } from './incoming';
import { LineCutter } from './lines';
import { ServerProcess } from './serverProcess';
import { checkTarget, type CheckedTarget, type StdioTarget } from './target';

/** The exit of a process is noticed soon after the end of its pipes. */
const EXIT_FOLLOWS_MS = 500;

export type StdioState = 'idle' | 'connecting' | 'connected' | 'closing' | 'closed' | 'failed';

export interface ProcessInfo {
  readonly pid: number;
  readonly startedAt: Date;
  /** Of the command itself; descendants may still be ending. */
  readonly exit?: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
  readonly stderrTail: string;
}

export class StdioTransport {
  onmessage?: (message: JSONRPCMessage) => void;
  /** Called once: when the process has ended, by itself or after {@link close}. */
  onclose?: () => void;
  /** Called for what does not end the connection, such as a line that is no message, and for what does. */
  onerror?: (error: Error) => void;

  /** Resolves when the process has ended, at once after a crash. Calls that are open then get no answer. */
  readonly exited: Promise<Exit>;

  private readonly target: CheckedTarget;
  private readonly lines: LineCutter;
  private readonly resolveExited: (exit: Exit) => void;
  private current: StdioState = 'idle';
  private starting: Promise<void> | undefined;
  private server: ServerProcess | undefined;
  /** Why this client ended the connection. */
  private fault: McpClientError | undefined;
  private closed = false;

  /** @throws TypeError for a malformed target */
  constructor(target: StdioTarget) {
    this.target = checkTarget(target);
    this.lines = new LineCutter(
      this.target.maxMessage,
      (line) => {
        this.receive(line);
      },
      () => {
        this.refuseLongMessage();
      },
    );
    let resolveExited: (exit: Exit) => void = () => undefined;
    this.exited = new Promise((resolve) => (resolveExited = resolve));
    this.resolveExited = resolveExited;
  }

  get state(): StdioState {
    return this.current;
  }

  get process(): ProcessInfo | undefined {
    if (!this.server) return undefined;
    const { pid, startedAt, exit, stderrTail } = this.server;
    return { pid, startedAt, stderrTail, ...(exit && { exit: { code: exit.code, signal: exit.signal } }) };
  }

  /** @throws ServerExited if the command cannot be started */
  start(): Promise<void> {
    if (this.current !== 'idle')
      return Promise.reject(
        new Error('This StdioTransport was started or closed before: make another one for another process.'),
      );
    this.current = 'connecting';
    return (this.starting = this.run());
  }

  /**
   * Resolves when the operating system has taken the whole message, so a caller that awaits it never runs ahead
   * of the server.
   * @throws ServerExited if the process is gone, Cancelled after {@link close}
   */
  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.current === 'connected' ? this.server?.stdin : undefined;
    if (!stdin?.writable) throw this.whyNotConnected();
    const line = `${JSON.stringify(message)}\n`;
    const failed = await new Promise<unknown>((resolve) => stdin.write(line, resolve));
    if (!failed) return;
    await Promise.race([this.exited, sleep(EXIT_FOLLOWS_MS, undefined, { ref: false })]); // for the exit's code and last words
    throw this.serverExited('maybe');
  }

  /** Ends the process and its descendants (`stop` of the target says how), and resolves when they are gone. */
  async close(): Promise<void> {
    if (this.current === 'connecting' || this.current === 'connected') this.current = 'closing';
    await this.starting?.catch(() => undefined);
    try {
      await this.server?.stop();
    } finally {
      this.end('closed');
    }
  }

  /** The error for a request that the end of the process has left without an answer. */
  serverExited(phase: Phase): ServerExited {
    const { server, fault: cause } = this;
    const exit = server?.exit ?? { code: null, signal: null, stderrTail: server?.stderrTail ?? '' };
    return serverExited({ command: this.target.command, pid: server?.pid, exit, cause }, phase);
  }

  private async run(): Promise<void> {
    const report = (error: Error) => this.onerror?.(error);
    try {
      this.server = await ServerProcess.start(this.target, report);
    } catch (error) {
      this.current = 'failed';
      throw error;
    }
    const { server } = this;
    server.stdout.on('data', (chunk: Buffer) => {
      if (this.isReading()) this.lines.push(chunk);
    });
    server.stdout.on('error', report);
    server.stdout.on('end', () => {
      if (this.isReading()) this.lines.end();
      server.stop().catch(report); // a server that has closed its output can answer nothing more
    });
    void server.exited.then((exit) => {
      this.resolveExited(exit);
      this.end(this.current === 'connected' ? 'failed' : this.current);
      server.stop().catch(report); // the descendants
    });
    if (this.current !== 'connecting') throw this.whyNotConnected();
    this.current = 'connected';
  }

  private isReading(): boolean {
    return this.current === 'connected' || this.current === 'closing';
  }

  private receive(line: string): void {
    if (!this.isReading() || line.trim() === '') return;
    try {
      this.onmessage?.(messageOf(line));
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private refuseLongMessage(): void {
    if (!this.isReading()) return;
    this.fault = new McpClientError(
      `A message of the MCP server ${JSON.stringify(this.target.command)} is longer than ${this.target.maxMessage} bytes, so the connection was ended; raise \`maxMessage\` if the server is right.`,
      { phase: 'answered', retryable: false },
    );
    this.onerror?.(this.fault);
    this.end('failed');
    this.server?.stop().catch((error: Error) => this.onerror?.(error));
  }

  private whyNotConnected(): Error {
    if (this.current === 'idle' || this.current === 'connecting')
      return new Error('This StdioTransport is not connected yet: await `start()` first.');
    if (this.current === 'closing' || this.current === 'closed')
      return new Cancelled('The connection to the MCP server was closed.', {
        phase: 'unsent',
        retryable: false,
      });
    return this.serverExited('unsent');
  }

  private end(state: StdioState): void {
    this.current = state;
    if (this.closed || !this.server) return;
    this.closed = true;
    this.onclose?.();
  }
}
