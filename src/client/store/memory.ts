/** Keeps entries in this process: they end with it. On the path of every call, so nothing here waits. */
import { performance } from 'node:perf_hooks';
import type { Entry, SessionStore } from './store';

interface Kept {
  readonly entry: Entry;
  /** By `performance.now()`, which no change of the wall clock moves. */
  readonly expiresAt: number;
}

/** The least number of writes between two searches for expired entries. */
const SWEEP_AFTER_WRITES = 256;

export function memoryStore(): SessionStore {
  const groups = new Map<string, Map<string, Kept>>();
  let versions = 0;
  let size = 0;
  let writesUntilSweep = SWEEP_AFTER_WRITES;

  function remove(group: string, entries: Map<string, Kept>, name: string): void {
    if (entries.delete(name)) size--;
    if (entries.size === 0) groups.delete(group);
  }

  function find(group: string, name: string): Entry | undefined {
    const entries = groups.get(group);
    const kept = entries?.get(name);
    if (!entries || !kept) return undefined;
    if (kept.expiresAt > performance.now()) return kept.entry;
    remove(group, entries, name);
    return undefined;
  }

  /** No timer: a search after as many writes as there are entries costs a constant time for each write. */
  function sweep(): void {
    const now = performance.now();
    for (const [group, entries] of groups)
      for (const { entry, expiresAt } of entries.values())
        if (expiresAt <= now) remove(group, entries, entry.name);
    writesUntilSweep = Math.max(SWEEP_AFTER_WRITES, size);
  }

  return {
    async get(group, name) {
      return find(group, name);
    },

    async store(group, name, value, { ifVersion, ttlMs }) {
      const before = find(group, name);
      if (before?.version !== ifVersion) return undefined;
      if (--writesUntilSweep <= 0) sweep();
      const entries = groups.get(group) ?? new Map<string, Kept>();
      groups.set(group, entries);
      const version = String(++versions);
      if (!entries.has(name)) size++;
      entries.set(name, { entry: { name, value, version }, expiresAt: performance.now() + ttlMs });
      return version;
    },

    async delete(group, name, version) {
      const entries = groups.get(group);
      if (!entries || find(group, name)?.version !== version) return false;
      remove(group, entries, name);
      return true;
    },

    async list(group) {
      const now = performance.now();
      const kept = [...(groups.get(group)?.values() ?? [])];
      return kept.filter(({ expiresAt }) => expiresAt > now).map(({ entry }) => entry);
    },

    async close() {
      groups.clear();
      size = 0;
    },
  };
}
