/**
 * `npm run docs:snippets`: the code in README.md and docs/ comes from examples/, where it is compiled and run. Writes each block that follows
 * `<!-- snippet: FILE#REGION -->` anew. (`docs.test.ts` fails where a page is not current, or has code without a source.)
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { replaceSnippets } from './regions';

const ROOT = path.join(__dirname, '../..');
/** TypeDoc's, from doc comments. */
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
    // A region that stands further left than in its source may need other line breaks.
    const written = await format(replaced, { ...(await resolveConfig(file)), filepath: file });
    if (written === text) continue;
    writeFileSync(file, written);
    console.log(`${page} is written.`);
  }
}

void main();
