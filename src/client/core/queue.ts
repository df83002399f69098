/** Items that come by and by, read by `for await`. */
export class Queue<T> implements AsyncIterable<T> {
  private readonly items: T[] = [];
  private waiting: (() => void)[] = [];
  private isClosed = false;
  private isReady = false;

  push(item: T): void {
    this.items.push(item);
    this.wake();
  }

  /** All that is there at first has come. */
  ready(): void {
    this.isReady = true;
    this.wake();
  }

  close(): void {
    this.isClosed = true;
    this.wake();
  }

  /** Ends once everything that was there at first has been read. */
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      const item = this.items.shift();
      if (item !== undefined) yield item;
      else if (this.isClosed || this.isReady) return;
      else await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    waiting.forEach((resolve) => {
      resolve();
    });
  }
}
