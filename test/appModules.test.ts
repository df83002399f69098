/**
 * An app may be any kind of module that Node or TypeScript can load, and may import other modules in any way.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCommand } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-modules-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PACKAGE = JSON.stringify(path.join(ROOT, 'dist/src/index.js'));
const esSource = (name: string, more = '') => `
import { DurableMcpServer } from ${PACKAGE};
${more}
export default async () => new DurableMcpServer({ name: ${name}, version: '1' });`;
const commonJsSource = `
const { DurableMcpServer } = require(${PACKAGE});
module.exports = () => new DurableMcpServer({ name: 'app', version: '1' });`;
const typed = "export const name: string = 'app';";
const imports = `(await import('./name.ts')).name`;

test.each<[string, Record<string, string>]>([
  ['app.ts', { 'app.ts': esSource('name', "import { name } from './name';"), 'name.ts': typed }],
  [
    'app.ts of an ES module',
    { 'app.ts': esSource(imports), 'name.ts': typed, 'package.json': '{"type":"module"}' },
  ],
  [
    'app.mts',
    { 'app.mts': esSource('await name', `const name = Promise.resolve('app' as string); await name;`) },
  ],
  ['app.cts in an ES module', { 'app.cts': commonJsSource, 'package.json': '{"type":"module"}' }],
  ['app.js', { 'app.js': commonJsSource }],
  ['app.mjs', { 'app.mjs': esSource("'app'") }],
  ['app.ts that imports while it builds its server', { 'app.ts': esSource(imports), 'name.ts': typed }],
  [
    'app.ts that requires what imports',
    {
      'app.ts': esSource('await name', "import { name } from './deep';"),
      'deep.ts': "export const name = import('./name.ts').then(({ name }) => name);",
      'name.ts': typed,
    },
  ],
])('%s', async (title, files) => {
  const here = await mkdtemp(path.join(folder, 'app-'));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path.join(here, name), text)));
  const app = path.join(here, title.split(' ')[0] ?? '');
  const worker = await startCommand(['worker', app, '--temporal', process.env.TEST_TEMPORAL ?? '']);
  expect(worker.ready).toContain(app);
  await worker.stop();
});
