/**
 * One entry in a folder of its own: a file for each version, named by its number. A write links a finished file
 * to the next number, which succeeds for one process only, and then unlinks the earlier versions, the earliest
 * first. A version is thus never gone before its predecessors.
 *
 * A writer can be so slow that others have written its number and unlinked it again; then its link succeeds
 * too. Such a writer finds that the version it replaces is gone, and takes its own back.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, unlessGone } from './errno';
import { decodeVersion, encodeVersion, type Content, type Version } from './versionFormat';
import { storeError } from './reach';

export type { Version } from './versionFormat';

/**
 * How long a deleted or expired entry stays as a file. While it does, the link of a slow writer fails. A writer
 * that took longer than half of this starts again.
 */
export const KEEP_DEAD_MS = 20_000;
/** How many earlier versions a version names. */
const NAMED_PREDECESSORS = 16;
/** How often an empty folder is read again: a file system may list a folder while a version replaces another. */
const LOOKS_AT_EMPTY = 3;

/** The newest file of an entry. Its `version` is `undefined` if the file is not whole. */
interface Found {
  readonly number: number;
  readonly version: Version | undefined;
}

type Verdict = 'written' | 'conflict' | 'again';

export class VersionedFile {
  constructor(
    private readonly folder: string,
    private readonly unfinished: string,
  ) {}

  /** `undefined` if there is none, or the newest is not whole. */
  async newest(): Promise<Version | undefined> {
    return (await this.find())?.version;
  }

  /**
   * Writes what `next` makes of the newest version. Resolves with the version written, or with `undefined` if
   * `next` makes nothing, or another process was first.
   */
  async replace(next: (now: Version | undefined) => Content | undefined): Promise<string | undefined> {
    for (;;) {
      const startedAt = Date.now();
      const before = await this.find();
      const content = next(before?.version);
      if (!content) return undefined;
      const token = randomBytes(9).toString('base64url');
      const number = (before?.number ?? 0) + 1;
      const known = before?.version ? [before.version.token, ...before.version.predecessors] : [''];
      const predecessors = known.slice(0, NAMED_PREDECESSORS);
      const finished = path.join(this.unfinished, token);
      try {
        await writeDurably(finished, encodeVersion({ ...content, token, predecessors }));
        if (Date.now() - startedAt > KEEP_DEAD_MS / 2) continue;
        if (!(await this.linkAs(number, finished))) return undefined;
      } finally {
        await unlessGone(unlink(finished));
      }
      const verdict = await this.check(number, token, before);
      if (verdict === 'written') return versionOf(number, token);
      if (verdict === 'conflict') return undefined;
    }
  }

  /** Removes the entry's files if the newest version has been dead for {@link KEEP_DEAD_MS}. */
  async collect(): Promise<void> {
    const found = await this.find();
    if (found?.version && found.version.diedAt + KEEP_DEAD_MS > Date.now()) return;
    if (found) await this.unlinkUpTo(found.number);
    await rmdir(this.folder).catch(() => undefined); // not empty: there is a newer version
  }

  private async find(): Promise<Found | undefined> {
    for (;;) {
      const number = (await this.numbers()).at(-1);
      if (number === undefined) return undefined;
      const found = await this.read(number);
      if (found) return found;
    }
  }

  private async read(number: number): Promise<Found | undefined> {
    const bytes = await unlessGone(readFile(this.fileOf(number)));
    return bytes && { number, version: decodeVersion(bytes, (token) => versionOf(number, token)) };
  }

  /** In ascending order. */
  private async numbers(): Promise<number[]> {
    for (let look = 1; ; look++) {
      const names = await unlessGone(readdir(this.folder));
      if (names?.length === 0 && look < LOOKS_AT_EMPTY) continue;
      return (names ?? [])
        .map(Number)
        .filter(Number.isSafeInteger)
        .sort((a, b) => a - b);
    }
  }

  /** Resolves with whether this number was free. */
  private async linkAs(number: number, finished: string): Promise<boolean> {
    for (;;) {
      try {
        await link(finished, this.fileOf(number));
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        if (codeOf(error) !== 'ENOENT') throw error;
        await unlessGone(mkdir(this.folder, { recursive: true, mode: 0o700 }));
      }
    }
  }

  /** Whether the version that has just been linked replaced `before`, and not a gap that others have left. */
  private async check(number: number, token: string, before: Found | undefined): Promise<Verdict> {
    const numbers = await this.numbers();
    const isNext = before ? await this.isThere(before) : numbers.at(-1) === number;
    if (isNext) {
      await this.unlinkUpTo(number - 1, numbers);
      return 'written';
    }
    const newest = await this.find();
    const named = newest?.version?.predecessors[newest.number - 1 - number];
    if (named === token) return 'written';
    if (newest?.version?.token !== token && named === undefined)
      throw storeError(
        `Whether an entry in ${this.folder} was written cannot be known: others wrote it many times meanwhile; read it again.`,
      );
    await unlessGone(unlink(this.fileOf(number)));
    // Without a newer version, the version before was collected because it was dead.
    return named === undefined ? 'again' : 'conflict';
  }

  /** Its number alone does not tell: that may be the file of a slow writer, who has not taken it back yet or was killed. */
  private async isThere({ number, version }: Found): Promise<boolean> {
    const there = await this.read(number);
    return there !== undefined && there.version?.token === version?.token;
  }

  /** The earliest first: a version that is there proves that its successors have not been unlinked. */
  private async unlinkUpTo(last: number, numbers?: readonly number[]): Promise<void> {
    for (const number of numbers ?? (await this.numbers()))
      if (number <= last) await unlessGone(unlink(this.fileOf(number)));
  }

  private readonly fileOf = (number: number): string => path.join(this.folder, String(number));
}

const versionOf = (number: number, token: string): string => `${number}-${token}`;

/** Resolves when the content is on the disk, so that no version is ever seen in part. */
async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
