/** The time that a request may take, which progress can begin anew. */
export class Limit {
  private timeout: NodeJS.Timeout | undefined;

  constructor(
    private readonly ms: number | undefined,
    private readonly over: () => void,
  ) {
    this.restart();
  }

  restart(): void {
    clearTimeout(this.timeout);
    if (this.ms !== undefined) this.timeout = setTimeout(this.over, this.ms);
  }

  stop(): void {
    clearTimeout(this.timeout);
  }
}
