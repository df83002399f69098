/**
 * `npm run docs:snippets`: copies the code of README.md and docs/ from examples/, where it is compiled and
 * run, into each block that follows `<!-- snippet: FILE#REGION -->`. (`docs.test.ts` fails if a page is out
 * of date, or has code without a source.)
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { replaceSnippets } from './regions';

const ROOT = path.join(__dirname, '../..');
/** The pages that TypeDoc generates from doc comments. */
const GENERATED = 'docs/reference/api';

const pages = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .map((page) => path.join('docs', page))
  .filter((page) => page.endsWith('.md') && !page.startsWith(GENERATED))
  .concat('README.md');

async function main(): Promise<void> {
  for (const page of pages) {
    const file = path.join(ROOT, page);
    const text = readFileSync(file, 'utf8');
    const replaced = replaceSnippets(text, ({ code, source }) => source ?? code);
    if (replaced === text) continue;
    // Without its indentation, a region may need other line breaks than in its source.
    const written = await format(replaced, { ...(await resolveConfig(file)), filepath: file });
    if (written === text) continue;
    writeFileSync(file, written);
    console.log(`${page} is written.`);
  }
}

void main();
