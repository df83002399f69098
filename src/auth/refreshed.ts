/**
 * A value of another server, fetched when it is needed first, and again when it is old or does not suffice. A server
 * that is down takes nothing away: the last value stays. However many ask, there is one fetch at a time, and one in
 * five seconds. (`tokens.test.ts`)
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

  /** @throws what the fetch throws, if there is no value yet */
  async get(): Promise<T> {
    if (this.value === undefined) return this.fetchUnlessJustTried();
    if (now() - this.fetchedAt > FRESH_MS && this.mayTry) void this.start().catch(() => undefined);
    return this.value;
  }

  /** A newer value than `seen`; `undefined` if nobody can say, since there was a fetch a moment ago, or the fetch fails. */
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
