/**
 * The official release of the `temporal` command. The hash of its checksum file stands here, so neither the
 * download's host nor anyone on the way can substitute another program. (`findServer.test.ts`)
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

export const VERSION = '1.9.1';
/** The hash of the release's checksum file, which has one line for each platform. */
const CHECKSUMS_SHA256 = 'cc22cb0df0a9bab358500dce212616e8622b0649df68317d9858867d7dc69bd2';
const RELEASE = `https://github.com/temporalio/cli/releases/download/v${VERSION}`;
const TIMEOUT_MS = 120_000;

/** Resolves with the path of the command in `folder`. @throws Error with the problem of the download */
export async function download(folder: string): Promise<string> {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
  const name = `temporal_cli_${VERSION}_${process.platform}_${arch}.tar.gz`;
  const checksums = verified('checksums.txt', await bytesOf('checksums.txt'), CHECKSUMS_SHA256);
  const [, expected] = new RegExp(`^([0-9a-f]{64}) [ *]${name}$`, 'm').exec(checksums.toString()) ?? [];
  if (!expected) throw new Error(`the release has no ${name}`);
  const archive = path.join(folder, name);
  await writeFile(archive, verified(name, await bytesOf(name), expected));
  await promisify(execFile)('tar', ['-xzf', archive, '-C', folder]);
  return path.join(folder, 'temporal');
}

async function bytesOf(name: string): Promise<Buffer> {
  const response = await fetch(`${RELEASE}/${name}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

function verified(name: string, bytes: Buffer, sha256: string): Buffer {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`${name} has the hash ${found}, not the known one: it was not used`);
  return bytes;
}
