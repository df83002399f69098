/**
 * docs/reference/api is current: it is what TypeDoc generates from the doc comments. `npm run docs:api`
 * writes it.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { ROOT } from './fixtures/root';

const COMMITTED = path.join(ROOT, 'docs/reference/api');

async function pagesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const texts = files.map(
    async (file) => [path.relative(folder, file), await readFile(file, 'utf8')] as const,
  );
  return new Map(await Promise.all(texts));
}

test('the reference of the API is current', async () => {
  const made = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-api-'));
  try {
    await promisify(execFile)('npx', ['typedoc', '--out', made, '--logLevel', 'Error'], { cwd: ROOT });
    const [is, shouldBe] = [await pagesIn(COMMITTED), await pagesIn(made)];
    expect([...is.keys()].sort()).toEqual([...shouldBe.keys()].sort());
    const stale = [...shouldBe].filter(([page, text]) => is.get(page) !== text).map(([page]) => page);
    expect({ stale, writeThemBy: 'npm run docs:api' }).toEqual({
      stale: [],
      writeThemBy: 'npm run docs:api',
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
});
