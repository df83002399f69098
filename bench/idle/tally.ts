/** Counts failures by reason. */
export class Tally {
  private readonly times = new Map<string, number>();

  add(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.times.set(reason, (this.times.get(reason) ?? 0) + 1);
  }

  /** One line for each reason. */
  get lines(): string[] {
    return [...this.times].map(([reason, times]) => (times === 1 ? reason : `${reason} (${times} times)`));
  }
}
