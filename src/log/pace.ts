/**
 * When a tail reads on: at once while somebody waits for what it reads, seldom while nobody does, and not at all while it rests. Each
 * read costs Temporal a look into its store, and after an answer the log still tells of the workflow task that took note of it.
 */

/** How much later than written a tail with no readers knows that its session has ended, or that its client has said something. */
const UNHEARD_PAUSE_MS = 100;

export class Pace {
  private resting = false;
  private hurried = false;
  /** To be called when more has been read. */
  private readonly waiting = new Set<() => void>();
  private wake: (() => void) | undefined;

  get isResting(): boolean {
    return this.resting && this.waiting.size === 0;
  }

  rest(): void {
    this.resting = true;
  }

  goOn(): void {
    if (!this.resting) return;
    this.resting = false;
    this.wake?.();
  }

  /** Ends a pause, or keeps the next from beginning; not a rest. */
  hurry(): void {
    this.hurried = true;
    if (!this.isResting) this.wake?.();
  }

  /** Resolves when it is time for the next read. */
  async next(isHeard: () => boolean): Promise<void> {
    while (this.isResting) await this.woken();
    const isUrgent = this.hurried || this.waiting.size > 0 || isHeard();
    if (!isUrgent) await this.woken(UNHEARD_PAUSE_MS);
    this.hurried = false;
  }

  /** Whoever waits looks whether it has what it waits for. */
  hasRead(): void {
    this.waiting.forEach((go) => {
      go();
    });
  }

  /** Resolves when more has been read, or at the abort. */
  more(late: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        late.removeEventListener('abort', go);
        this.waiting.delete(go);
        resolve();
      };
      late.addEventListener('abort', go);
      this.waiting.add(go);
      this.wake?.();
    });
  }

  private async woken(withinMs?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (withinMs !== undefined) timer = setTimeout(resolve, withinMs).unref();
    });
    clearTimeout(timer);
    this.wake = undefined;
  }
}
