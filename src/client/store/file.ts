/**
 * Keeps entries in files, which the processes of one machine share. There is no lock: whichever process links
 * the next version of an entry first has written it (versionedFile.ts), so a process that is killed at any
 * moment leaves nothing that another must wait for.
 *
 * Folders have a digest in place of a name: any name is a file name then, and none leads out of the folder.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { limiter } from '../../shared/limiter';
import { codeOf, unlessGone } from './errno';
import { storeError } from './reach';
import type { Entry, SessionStore } from './store';
import { KEEP_DEAD_MS, VersionedFile, type Version } from './versionedFile';

/** The folder of files that are being written, beside those of the groups. */
const UNFINISHED = 'unfinished';
/** How old an unfinished file is when its writer must be dead. */
const ABANDONED_MS = 10 * 60_000;
/** How many entries `list` reads at once: each has a file open. */
const oneOfMany = limiter(32);

/**
 * Its owner alone can read the folder. An entry that was stored outlives its process; a loss of power can take
 * the last seconds.
 */
export function fileStore(folder: string): SessionStore {
  const root = path.resolve(folder);
  const unfinished = path.join(root, UNFINISHED);
  /** Deleted entries, whose folders this process removes later. */
  const deleted: { readonly file: VersionedFile; readonly since: number }[] = [];
  let opening: Promise<void> | undefined;
  let collecting: Promise<void> | undefined;

  async function open(): Promise<void> {
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    collecting = collect().catch(() => undefined); // what is not collected now costs only space
  }

  /** Removes what has expired, and the unfinished files of writers that were killed. */
  async function collect(): Promise<void> {
    const tooOld = Date.now() - ABANDONED_MS;
    for (const name of await readdir(unfinished)) {
      const file = path.join(unfinished, name);
      const found = await unlessGone(stat(file));
      if (found && found.mtimeMs < tooOld) await unlessGone(unlink(file));
    }
    for (const group of await readdir(root))
      if (group !== UNFINISHED) await listFolder(path.join(root, group));
  }

  async function using<T>(act: () => Promise<T>): Promise<T> {
    try {
      opening ??= open();
      await opening.catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      return await act();
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      throw storeError(
        `The session store in ${root} cannot be used: ${(error as Error).message}; see that the folder is on a local disk with space, and belongs to this user.`,
        error,
      );
    }
  }

  const groupFolder = (group: string): string => path.join(root, digestOf(group));
  const fileOf = (group: string, name: string): VersionedFile =>
    new VersionedFile(path.join(groupFolder(group), digestOf(name)), unfinished);

  /** Two for each deletion, so that none has many to remove. */
  async function removeDeleted(): Promise<void> {
    const due = Date.now() - KEEP_DEAD_MS;
    for (let removed = 0; removed < 2 && deleted[0] && deleted[0].since < due; removed++)
      await deleted.shift()?.file.collect();
  }

  async function listFolder(at: string): Promise<Entry[]> {
    const names = (await unlessGone(readdir(at))) ?? [];
    const files = names.map((name) => new VersionedFile(path.join(at, name), unfinished));
    const entries = await Promise.all(files.map((file) => oneOfMany(root, () => listed(file))));
    if (entries.flat().length === 0) await rmdir(at).catch(() => undefined); // not empty: the dead stay for a while
    return entries.flat();
  }

  async function listed(file: VersionedFile): Promise<Entry[]> {
    const version = await file.newest();
    if (isLive(version)) return [entryOf(version)];
    await file.collect();
    return [];
  }

  return {
    get: (group, name) =>
      using(async () => {
        const version = await fileOf(group, name).newest();
        return isLive(version) ? entryOf(version) : undefined;
      }),

    store: (group, name, value, { ifVersion, ttlMs }) =>
      using(() =>
        fileOf(group, name).replace((now) => {
          if ((isLive(now) ? now.version : undefined) !== ifVersion) return undefined;
          return { name, value, expiresAt: Date.now() + ttlMs };
        }),
      ),

    delete: (group, name, version) =>
      using(async () => {
        const file = fileOf(group, name);
        const dead = await file.replace((now) =>
          isLive(now) && now.version === version ? { name, value: '', expiresAt: 0 } : undefined,
        );
        if (dead === undefined) return false;
        deleted.push({ file, since: Date.now() });
        await removeDeleted();
        return true;
      }),

    list: (group) => using(() => listFolder(groupFolder(group))),

    async close() {
      await collecting;
    },
  };
}

const isLive = (version: Version | undefined): version is Version =>
  version !== undefined && version.expiresAt > Date.now();

const entryOf = ({ name, value, version }: Version): Entry => ({ name, value, version });

/** 160 bits in lower case, since some file systems do not tell `A` from `a`. */
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);
