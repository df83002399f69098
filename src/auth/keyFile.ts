/**
 * The file of API keys: the name, scopes and hash of each key, never the key itself. A change writes a new file and
 * renames it into place, so that a node never reads half a file.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod/v4';
import { isScope } from '../shared/scope';

/** Tells keys from access tokens, and lets secret scanners find leaked keys. */
export const KEY_PREFIX = 'dmcp_';
const NAME = /^[\w.@-]{1,64}$/;

const ApiKey = z.object({
  name: z.string().regex(NAME),
  scopes: z.array(z.string().refine(isScope)),
  /** SHA-256 of the key, in hexadecimal. A key has 256 random bits, so a salt or a slow hash would add nothing. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
});
export type ApiKey = z.infer<typeof ApiKey>;
const Keys = z.object({ keys: z.array(ApiKey) });

export const keyFileIn = (folder: string): string => path.join(folder, 'keys.json');

export const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** An empty list if there is no file. @throws Error in one sentence */
export async function readKeys(file: string): Promise<ApiKey[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const parsed = Keys.safeParse(jsonOf(text));
  if (!parsed.success)
    throw new Error(
      `${file} is not a file of API keys; restore it, or delete it and add the keys with \`durable-mcp keys add\`.`,
    );
  return parsed.data.keys;
}

/** Returns the key, which is stored nowhere. @throws Error in one sentence */
export async function addKey(file: string, name: string, scopes: readonly string[]): Promise<string> {
  if (!NAME.test(name))
    throw new Error(`"${name}" cannot name a key; use up to 64 letters, digits, and . _ @ -`);
  const key = `${KEY_PREFIX}${randomBytes(32).toString('base64url')}`;
  await change(file, (keys) => {
    if (keys.some((each) => each.name === name))
      throw new Error(`There is a key named ${name} already; choose another name, or revoke that one first.`);
    return [...keys, { name, scopes: [...scopes], sha256: hashOf(key), createdAt: new Date().toISOString() }];
  });
  return key;
}

/** Nodes refuse the key within a second or two. @throws Error in one sentence */
export async function revokeKey(file: string, name: string): Promise<void> {
  await change(file, (keys) => {
    const left = keys.filter((each) => each.name !== name);
    if (left.length === keys.length) throw new Error(`There is no key named ${name} in ${file}.`);
    return left;
  });
}

/** A lock file keeps two commands from overwriting each other's change. */
async function change(named: string, to: (keys: ApiKey[]) => ApiKey[]): Promise<void> {
  await mkdir(path.dirname(named), { recursive: true });
  const file = await realpath(named).catch(() => named); // the rename must replace the target of a symbolic link, not the link
  const lock = `${file}.lock`;
  await writeFile(lock, String(process.pid), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(`Another command is changing ${file}; try again, or delete ${lock} if none is running.`);
  });
  const written = `${file}.${randomUUID()}`;
  try {
    const keys = to(await readKeys(file));
    await writeFile(written, `${JSON.stringify({ keys }, undefined, 2)}\n`, { mode: 0o600 });
    await keepAccess(file, written);
    await rename(written, file);
  } finally {
    await rm(written, { force: true });
    await rm(lock, { force: true });
  }
}

/** Copies owner and mode to the new file: a node that runs as another user may depend on them to read it. */
async function keepAccess(from: string, to: string): Promise<void> {
  const before = await stat(from).catch(() => undefined);
  if (!before) return;
  await chmod(to, before.mode);
  const own = await stat(to);
  if (own.uid !== before.uid || own.gid !== before.gid) await chown(to, before.uid, before.gid);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
