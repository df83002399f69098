/**
 * The ends of local activities, one after the other. They come one by one when a workflow task runs, and those
 * of one task all at once when it is replayed: what follows from an end must be done before the next end is
 * looked at, or a replay would have its commands in another order. (`replaysDecideAlike.test.ts`)
 */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves when the turns before have ended. The returned function ends this one. */
  async take(): Promise<() => void> {
    const before = this.last;
    let end: (() => void) | undefined;
    this.last = new Promise((resolve) => (end = resolve));
    await before;
    return () => end?.();
  }
}
