/** Encrypts or compresses the values of any store. Names and versions stay as they are. */
import { storeError } from './reach';
import type { Entry, SessionStore } from './store';

export interface Codec {
  encode(text: string): string | Promise<string>;
  /** Throws for a text that `encode` did not write. */
  decode(text: string): string | Promise<string>;
}

/** `close()` closes `store` as well. */
export function withCodec(store: SessionStore, codec: Codec): SessionStore {
  async function decoded(entry: Entry): Promise<Entry> {
    try {
      return { ...entry, value: await codec.decode(entry.value) };
    } catch (error) {
      throw storeError(
        `The entry ${entry.name} cannot be decoded: it was written with another codec or key; give the store the codec that wrote it.`,
        error,
      );
    }
  }

  return {
    async get(group, name) {
      const entry = await store.get(group, name);
      return entry && decoded(entry);
    },
    async store(group, name, value, write) {
      return store.store(group, name, await codec.encode(value), write);
    },
    delete: (group, name, version) => store.delete(group, name, version),
    async list(group) {
      return Promise.all((await store.list(group)).map(decoded));
    },
    close: () => store.close(),
  };
}
