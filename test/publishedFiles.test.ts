/**
 * The tarball of `npm publish`: its links lead to files in it or to the web, and it includes the license and
 * the sources of its source maps.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { ROOT } from './fixtures/root';

let files: string[];
beforeAll(async () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: 2 ** 26 });
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
  files = packed?.files.map((file) => file.path) ?? [];
});
const read = (file: string) => readFile(path.join(ROOT, file), 'utf8');

test('links in the published pages lead somewhere', async () => {
  const pages = files.filter((file) => file.endsWith('.md'));
  expect(pages).toContain('README.md');
  const broken: string[] = [];
  for (const page of pages)
    for (const [, target = ''] of (await read(page)).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      const file = path.join(path.dirname(page), target);
      const isThere = files.some((each) => each === file || each.startsWith(`${file}/`));
      if (!/^(https?|mailto):/.test(target) && !isThere) broken.push(`${page}: ${target}`);
    }
  expect(broken).toEqual([]);
});

test('the license, the rules for contributors and the command are in it', () => {
  expect(files).toEqual(
    expect.arrayContaining(['LICENSE', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'bin/durable-mcp']),
  );
});

test('source maps have their sources in them', async () => {
  const maps = files.filter((file) => file.endsWith('.map'));
  expect(maps.length).toBeGreaterThan(0);
  for (const map of maps) {
    const { sources, sourcesContent = [] } = JSON.parse(await read(map)) as {
      sources: string[];
      sourcesContent?: string[];
    };
    expect({ map, sources: sourcesContent.length }).toEqual({ map, sources: sources.length });
  }
});

test('an ES module gets all that a CommonJS module gets', async () => {
  // `ofNode`: the names that Node adds when an ES module imports a CommonJS module.
  const names = `const ofNode = ['default', 'module.exports', '__esModule'];
    const names = (of) => Object.keys(of).filter((name) => !ofNode.includes(name)).sort().join();
    for (const entry of ['', '/runtime', '/client/workflow', '/client/worker', '/testing'].map((path) => 'durable-mcp' + path))
      if (names(require(entry)) !== names(await import(entry))) throw new Error(entry + names(await import(entry)));`;
  const script = `(async () => { ${names} console.log('same'); })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: ROOT });
  expect(stdout.trim()).toBe('same');
});
