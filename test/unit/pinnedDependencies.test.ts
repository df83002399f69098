/** `npm ci` installs exactly the tested dependencies: each has an exact version and a hash of its content. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../fixtures/root';

interface Package {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}
interface Lock {
  readonly packages: Record<
    string,
    { readonly integrity?: string; readonly link?: boolean; readonly inBundle?: boolean }
  >;
}

const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;

test.each(['.', 'conformance/suite'])(
  'all dependencies of %s are pinned, by version and by hash',
  async (folder) => {
    const read = async (file: string): Promise<unknown> =>
      JSON.parse(await readFile(path.join(ROOT, folder, file), 'utf8'));
    const { dependencies = {}, devDependencies = {} } = (await read('package.json')) as Package;
    const wanted = Object.entries({ ...dependencies, ...devDependencies });
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter(([, version]) => !EXACT.test(version))).toEqual([]);
    const { packages } = (await read('package-lock.json')) as Lock;
    const locked = Object.entries(packages).filter(
      ([name, { link, inBundle }]) => name !== '' && !link && !inBundle,
    );
    expect(
      locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([name]) => name),
    ).toEqual([]);
  },
);
