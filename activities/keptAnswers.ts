/**
 * The last answers of calls that have ended inline. Temporal may lose the end of a workflow task and give the task
 * out again: the worker that has run it knows its answers, so no handler runs twice. (`inlineFirst.test.ts`)
 */
import type { InlineAnswer } from '../src/wire/call';

/** A task that was lost comes again after its 5 s, or somewhat later on a busy machine. */
const KEPT_MS = 30_000;
const MAXIMUM_BYTES = 16_000_000;

interface Kept {
  readonly answer: InlineAnswer;
  readonly bytes: number;
  /** By the monotonic clock. */
  readonly until: number;
}

export class KeptAnswers {
  /** The oldest first. */
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;

  get(key: string): InlineAnswer | undefined {
    return this.kept.get(key)?.answer;
  }

  keep(key: string, answer: InlineAnswer, bytes: number): void {
    const now = performance.now();
    this.kept.set(key, { answer, bytes, until: now + KEPT_MS });
    this.bytes += bytes;
    for (const [oldest, { until, bytes: size }] of this.kept) {
      if (until > now && this.bytes <= MAXIMUM_BYTES) return;
      this.kept.delete(oldest);
      this.bytes -= size;
    }
  }
}
