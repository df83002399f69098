/** A list of the server's, all pages of it, kept until the server says that it changed. */
import { McpClientError } from '../errors';

interface Page<T> {
  readonly items: T[];
  readonly nextCursor?: string;
}

export class CachedList<T> {
  private kept: Promise<T[]> | undefined;

  constructor(
    private readonly name: string,
    private readonly fetchPage: (cursor: string | undefined) => Promise<Page<T>>,
    private readonly caches: boolean,
  ) {}

  async get(): Promise<T[]> {
    if (!this.caches) return this.fetchAll();
    for (;;) {
      const fetched = (this.kept ??= this.fetchAll());
      try {
        const items = await fetched;
        // A change while it was fetched: what was fetched may be older.
        if (this.kept === fetched) return [...items];
      } catch (error) {
        if (this.kept === fetched) this.kept = undefined;
        throw error;
      }
    }
  }

  invalidate(): void {
    this.kept = undefined;
  }

  /** @throws McpClientError if the server gives out a cursor twice, which would never end */
  private async fetchAll(): Promise<T[]> {
    const items: T[] = [];
    const seen = new Set<string>();
    for (let cursor: string | undefined; ;) {
      const page = await this.fetchPage(cursor);
      items.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === undefined) return items;
      if (seen.has(cursor)) throw repeated(this.name, cursor);
      seen.add(cursor);
    }
  }
}

const repeated = (name: string, cursor: string): McpClientError =>
  new McpClientError(
    `The server's list of ${name} does not end: it gave out the cursor ${JSON.stringify(cursor)} twice.`,
    { phase: 'answered', retryable: false },
  );
