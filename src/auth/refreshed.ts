/**
 * Caches a value of another server: fetched at the first use, and again when the value is old or a newer one is asked
 * for. If a fetch fails, the last value stays in use. There is one fetch at a time, and at most one in five seconds, so
 * that bad tokens cannot cause a flood of requests. (`tokens.test.ts`)
 */
const FRESH_MS = 600_000;
const PAUSE_MS = 5_000;

export class Refreshed<T> {
  private value: T | undefined;
  private fetchedAt = -Infinity;
  private triedAt = -Infinity;
  private failure: unknown;
  private fetching: Promise<T> | undefined;

  constructor(
    private readonly fetch: () => Promise<T>,
    /** Called when a fetch fails. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** @throws the error of the fetch, if there is no value yet */
  async get(): Promise<T> {
    if (this.value === undefined) return this.fetchUnlessJustTried();
    if (now() - this.fetchedAt > FRESH_MS && this.mayTry) void this.start().catch(() => undefined);
    return this.value;
  }

  /** A newer value than `seen`; `undefined` if the fetch fails, or if the last fetch was less than five seconds ago. */
  async newerThan(seen: T): Promise<T | undefined> {
    if (this.value !== seen && this.value !== undefined) return this.value;
    if (!this.fetching && !this.mayTry) return undefined;
    return this.start().catch(() => undefined);
  }

  private get mayTry(): boolean {
    return now() - this.triedAt > PAUSE_MS;
  }

  private async fetchUnlessJustTried(): Promise<T> {
    if (!this.fetching && !this.mayTry) throw this.failure;
    return this.start();
  }

  private start(): Promise<T> {
    this.fetching ??= this.fetchOnce().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async fetchOnce(): Promise<T> {
    this.triedAt = now();
    try {
      this.value = await this.fetch();
      this.fetchedAt = now();
      return this.value;
    } catch (error) {
      this.failure = error;
      this.onFailure(error);
      throw error;
    } finally {
      this.triedAt = now();
    }
  }
}

const now = (): number => performance.now();
