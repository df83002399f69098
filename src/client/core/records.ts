/** The records of one session in a store: JSON texts, read by their shapes, written by compare-and-set. */
import type { z } from 'zod/v4';
import { StoreError } from '../errors';
import type { Entry, SessionStore } from '../store/store';

/** What is in use is written again so many times within its `ttl`. */
export const RENEWALS = 4;

export interface Kept<T> {
  readonly name: string;
  readonly value: T;
  readonly version: string;
}

export class Records {
  constructor(
    private readonly store: SessionStore,
    private readonly group: string,
  ) {}

  /** `undefined` also for a record of another version of this product, which cannot be read. */
  async read<T>(name: string, shape: z.ZodType<T>): Promise<Kept<T> | undefined> {
    const entry = await this.reading(() => this.store.get(this.group, name));
    return entry && parsed(entry, shape);
  }

  /** All entries, each to be read by {@link parsed}. */
  list(): Promise<Entry[]> {
    return this.reading(() => this.store.list(this.group));
  }

  /** Resolves with `undefined` if there is such a record already. */
  create<T>(name: string, value: T, ttlMs: number): Promise<Kept<T> | undefined> {
    return this.write(name, undefined, value, ttlMs);
  }

  /** Resolves with `undefined` if somebody else has written since. */
  replace<T>({ name, version }: Kept<unknown>, value: T, ttlMs: number): Promise<Kept<T> | undefined> {
    return this.write(name, version, value, ttlMs);
  }

  /**
   * Like {@link replace}, for a record that says whose it is: a conflict with a write of one's own, of which the
   * store never said that it was done, is none.
   */
  async replaceOwn<T extends { readonly by: string }>(
    kept: Kept<T>,
    value: T,
    ttlMs: number,
    shape: z.ZodType<T>,
  ): Promise<Kept<T> | undefined> {
    for (let current = kept; ;) {
      const written = await this.replace(current, value, ttlMs);
      if (written) return written;
      const now = await this.read(kept.name, shape);
      if (now?.value.by !== kept.value.by || now.version === current.version) return undefined;
      current = now;
    }
  }

  remove({ name, version }: Kept<unknown>): Promise<boolean> {
    return this.writing(() => this.store.delete(this.group, name, version));
  }

  private async write<T>(
    name: string,
    ifVersion: string | undefined,
    value: T,
    ttlMs: number,
  ): Promise<Kept<T> | undefined> {
    const text = JSON.stringify(value);
    const version = await this.writing(() => this.store.store(this.group, name, text, { ifVersion, ttlMs }));
    return version === undefined ? undefined : { name, value, version };
  }

  private reading<T>(act: () => Promise<T>): Promise<T> {
    return act().catch((error: unknown) => {
      throw storeError('read', error);
    });
  }

  private writing<T>(act: () => Promise<T>): Promise<T> {
    return act().catch((error: unknown) => {
      throw storeError('written', error);
    });
  }
}

export function parsed<T>({ name, value, version }: Entry, shape: z.ZodType<T>): Kept<T> | undefined {
  try {
    const { success, data } = shape.safeParse(JSON.parse(value));
    return success ? { name, version, value: data } : undefined;
  } catch {
    return undefined;
  }
}

const storeError = (what: 'read' | 'written', error: unknown): StoreError =>
  new StoreError(
    `The client's store cannot be ${what} (${error instanceof Error ? error.message : String(error)}); see whether it runs, and whether this process may use it.`,
    { phase: 'unsent', retryable: true, cause: error },
  );
