/** `durable-mcp init`: writes a new project from templates/project. */
import { cp, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** This file runs compiled, so the path starts from its place in `dist`. */
const PACKAGE = path.join(__dirname, '../../..');
const TEMPLATE = path.join(PACKAGE, 'templates/project');
/** npm leaves files with these hidden names out of a package, so the template stores them without the dot. */
const HIDDEN = { gitignore: '.gitignore', dockerignore: '.dockerignore' };
const TEMPLATE_NAME = 'my-server';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** @throws Error in one sentence if the folder already contains one of the project's files */
export async function runInit(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await refuseToOverwrite(folder);
  await cp(TEMPLATE, folder, { recursive: true });
  for (const [name, hidden] of Object.entries(HIDDEN))
    await rename(path.join(folder, name), path.join(folder, hidden));
  const name = nameFor(path.resolve(folder));
  await writeManifest(folder, name);
  const readme = path.join(folder, 'README.md');
  await writeFile(readme, (await readFile(readme, 'utf8')).replace(TEMPLATE_NAME, name));
  console.log(`
  ${name} is in ${path.resolve(folder)}. Next:

    ${folder === '.' ? '' : `cd ${folder} && `}npm install
    npm test            calls the tool in memory
    npm run dev         serves it, with Temporal beside it
`);
}

async function refuseToOverwrite(folder: string): Promise<void> {
  const there = new Set(await readdir(folder));
  const names = (await readdir(TEMPLATE)).map((name) => (HIDDEN as Record<string, string>)[name] ?? name);
  const taken = names.filter((name) => there.has(name));
  if (taken.length > 0)
    throw new Error(`The folder ${folder} has ${taken.join(', ')} already; choose an empty one.`);
}

/** Writes package.json with the dependency versions that this version of the package was tested with. */
async function writeManifest(folder: string, name: string): Promise<void> {
  const own = await readManifest(path.join(PACKAGE, 'package.json'));
  const versions = { ...own.devDependencies, ...own.dependencies };
  const take = (...names: string[]) =>
    Object.fromEntries(names.map((dependency) => [dependency, rangeOf(versions[dependency])]));
  const file = path.join(folder, 'package.json');
  const manifest = {
    ...(await readManifest(file)),
    name,
    dependencies: { 'durable-mcp': `^${own.version}`, ...take('@modelcontextprotocol/sdk', 'zod') },
    devDependencies: take('@types/node', 'typescript'),
  };
  await writeFile(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Turns an exact version into a caret range; a range stays as it is. */
const rangeOf = (version = '*'): string => (/^\d+\.\d+\.\d+$/.test(version) ? `^${version}` : version);

const readManifest = async (file: string): Promise<Manifest> =>
  JSON.parse(await readFile(file, 'utf8')) as Manifest;

/** Turns a folder's name into a valid npm package name. */
const nameFor = (folder: string): string =>
  path
    .basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '') || TEMPLATE_NAME;
