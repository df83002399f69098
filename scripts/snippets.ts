/**
 * The code in README.md and docs/ comes from examples/, where it is compiled and run. `npm run docs:snippets` writes each block that follows
 * `<!-- snippet: FILE#REGION -->` anew; a region stands between `// #region NAME` and `// #endregion`, and without `#REGION` the block is the
 * whole file. With `--check` nothing is written, and the exit code says whether all is current. (`docs.test.ts`)
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';

const ROOT = path.join(__dirname, '..');
const BLOCK = /(?:<!-- snippet: (\S+?)(?:#(\S+))? -->\n\n?)?```(ts|js|mjs|typescript)\n([\s\S]*?)```/g;

/** Pages whose code is not from examples/: TypeDoc takes it from doc comments. */
const GENERATED = /^(docs\/reference\/api\/|CHANGELOG)/;

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((page) => /^(README\.md|docs\/|examples\/)/.test(page) && !GENERATED.test(page));

function regionOf(file: string, region: string | undefined): string {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  if (!region) return source;
  const lines = source.split('\n');
  const begin = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const length = lines.slice(begin).findIndex((line) => line.trim() === '// #endregion');
  if (begin < 0 || length < 0) throw new Error(`${file} has no region ${region}.`);
  const taken = lines.slice(begin + 1, begin + length);
  const indent = Math.min(...taken.filter(Boolean).map((line) => line.search(/\S/)));
  return taken.map((line) => line.slice(indent)).join('\n') + '\n';
}

async function withSnippets(page: string): Promise<string> {
  const file = path.join(ROOT, page);
  const is = readFileSync(file, 'utf8');
  const text = is.replace(BLOCK, (_block, source?: string, region?: string) => {
    if (!source) throw new Error(`${page} has code that is not from examples/; name its source before it.`);
    const marker = `<!-- snippet: ${source}${region ? `#${region}` : ''} -->`;
    return `${marker}\n\n\`\`\`ts\n${regionOf(source, region)}\`\`\``;
  });
  if (!text.includes('<!-- snippet: ')) return is;
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check');
  for (const page of pages) {
    const text = await withSnippets(page);
    if (text === readFileSync(path.join(ROOT, page), 'utf8')) continue;
    if (!isCheck) writeFileSync(path.join(ROOT, page), text);
    else process.exitCode = 1;
    console.log(isCheck ? `${page} is not current; run \`npm run docs:snippets\`.` : `${page} is written.`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
