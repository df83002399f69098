/**
 * Standard error as people see it: lines, below them one line of progress that is written anew, and questions,
 * during which all else waits.
 */
import { printable, printableText } from './print';

const BAR = 24;

export interface ProgressOfCall {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

export class Terminal {
  private status = '';
  /** Lines that came during a question. */
  private waiting: string[] | undefined;

  constructor(
    private quiet: boolean,
    private readonly out = process.stderr,
  ) {}

  /** Whether somebody can be asked. */
  get isInteractive(): boolean {
    return process.stdin.isTTY && this.out.isTTY;
  }

  /** What the server says. */
  message(text: string): void {
    if (!this.quiet) this.line(text);
  }

  /** What has to be said. */
  line(text: string): void {
    if (this.waiting) {
      this.waiting.push(text);
      return;
    }
    const { status } = this;
    this.clear();
    this.out.write(`${printableText(text)}\n`);
    this.show(status);
  }

  /** Elsewhere than in a terminal, progress would be lines without end. */
  progress(progress: ProgressOfCall): void {
    if (!this.quiet) this.show(barOf(progress));
  }

  connecting(): void {
    if (!this.quiet) this.show('connecting');
  }

  /** The server is let go: what it says from now on concerns nobody. */
  mute(): void {
    this.quiet = true;
    this.clear();
  }

  /** Removes the line of progress. */
  clear(): void {
    if (this.status !== '') this.out.write('\r\u001b[K');
    this.status = '';
  }

  async during<T>(question: () => Promise<T>): Promise<T> {
    this.clear();
    this.waiting = [];
    try {
      return await question();
    } finally {
      const lines = this.waiting;
      this.waiting = undefined;
      lines.forEach((text) => {
        this.line(text);
      });
    }
  }

  private show(status: string): void {
    if (!this.out.isTTY || this.waiting || status === '') return;
    this.status = [...status].slice(0, (this.out.columns || 80) - 1).join('');
    this.out.write(`\r\u001b[K${this.status}`);
  }
}

function barOf({ progress, total, message = '' }: ProgressOfCall): string {
  const text = printable(message);
  if (total === undefined || total <= 0) return `${progress} ${text}`.trim();
  const part = Math.min(Math.max(progress / total, 0), 1);
  const full = Math.round(part * BAR);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}] ${Math.floor(part * 100)}% ${text}`.trim();
}
