/** How far a session's log has been read, and who waits until it has been read further. */
import { HttpError, RpcCode } from '../protocol/errors';
import type { End } from './end';

const DEADLINE_MS = 10_000;

export class Progress {
  /** The last event read of each run, whether it says anything or not. */
  private readonly read = new Map<string, number>();
  /** To be called when more has been read. */
  private readonly waiting = new Set<() => void>();
  private over = false;

  get isAwaited(): boolean {
    return this.waiting.size > 0;
  }

  /** Up to `event`; infinite for a run that has been continued. */
  reach(run: string, event: number): void {
    this.read.set(run, Math.max(this.read.get(run) ?? 0, event));
  }

  /** To be called when the log's readers have what is theirs: who waits looks again. */
  tell(): void {
    this.waiting.forEach((go) => {
      go();
    });
  }

  /** Nothing more will be read. */
  end(): void {
    this.over = true;
    this.tell();
  }

  /**
   * Resolves once the log has been read as far, or nothing more will be read. `waits` is called whenever somebody begins to wait.
   * @throws HttpError 503
   */
  async reached({ run, event }: Pick<End, 'run' | 'event'>, waits: () => void): Promise<void> {
    const late = AbortSignal.timeout(DEADLINE_MS);
    while ((this.read.get(run) ?? 0) < event && !this.over) {
      if (late.aborted) {
        throw new HttpError(
          503,
          RpcCode.unavailable,
          'The session could not be read in time; send the request again with the same id.',
        );
      }
      await new Promise<void>((resolve) => {
        const go = () => {
          late.removeEventListener('abort', go);
          this.waiting.delete(go);
          resolve();
        };
        late.addEventListener('abort', go);
        this.waiting.add(go);
        waits();
      });
    }
  }
}
