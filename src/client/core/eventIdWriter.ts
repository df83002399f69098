/**
 * Writes a stream's place at most four times a second: after a restart the stream is resumed from the place
 * that was written last, and what comes twice is known by its ids.
 */
const APART_MS = 250;

export class EventIdWriter {
  private timer: NodeJS.Timeout | undefined;
  private writtenAt = -APART_MS;

  constructor(private readonly write: () => void) {}

  changed(): void {
    if (this.timer) return;
    const waitMs = Math.max(0, this.writtenAt + APART_MS - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.writtenAt = performance.now();
      this.write();
    }, waitMs).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
