/** Tracks how far a session's log has been read, and who waits for more. */
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import type { End } from './end';

/**
 * Limit for a time without progress; a long log on a distant Temporal may take longer in all.
 * (`temporalTrouble.test.ts`)
 */
const DEADLINE_MS = 10_000;

export class Progress {
  /** The last event read of each run, of any kind. */
  private readonly read = new Map<string, number>();
  /** Callbacks for when more has been read. */
  private readonly waiting = new Set<() => void>();
  private over = false;
  private advances = 0;

  get isAwaited(): boolean {
    return this.waiting.size > 0;
  }

  /** The run has been read up to `event`; infinite for a run that has been continued. */
  reach(run: string, event: number): void {
    const before = this.read.get(run) ?? 0;
    if (event <= before) return;
    this.read.set(run, event);
    this.advances++;
  }

  /** Wakes the waiting callers, after the log's readers have got their events. */
  notify(): void {
    this.waiting.forEach((go) => {
      go();
    });
  }

  /** Nothing more will be read. */
  end(): void {
    this.over = true;
    this.notify();
  }

  /**
   * Resolves once the log has been read up to `event`, or nothing more will be read. Calls `waits` each time
   * before it waits. @throws Refusal 503
   */
  async reached({ run, event }: Pick<End, 'run' | 'event'>, waits: () => void): Promise<void> {
    let late = AbortSignal.timeout(DEADLINE_MS);
    let before = this.advances;
    while ((this.read.get(run) ?? 0) < event && !this.over) {
      if (this.advances > before) late = AbortSignal.timeout(DEADLINE_MS);
      before = this.advances;
      if (late.aborted) throw notReadInTime();
      await this.untilNotified(late, waits);
    }
  }

  /** Resolves once an event after `event` has been read, or after `withinMs`. Calls `waits` as above. */
  async grown(
    { run, event }: Pick<End, 'run' | 'event'>,
    withinMs: number,
    waits: () => void,
  ): Promise<void> {
    const late = AbortSignal.timeout(withinMs);
    while ((this.read.get(run) ?? 0) <= event && !this.over && !late.aborted)
      await this.untilNotified(late, waits);
  }

  private untilNotified(late: AbortSignal, waits: () => void): Promise<void> {
    return new Promise((resolve) => {
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

export const notReadInTime = (): Refusal =>
  new Refusal(
    503,
    RpcCode.unavailable,
    'The session could not be read in time; send the request again with the same id.',
  );
