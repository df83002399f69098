/** The pages match the repository: their code is that of examples/, and their links, anchors, files and tests exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { replaceSnippets } from '../../scripts/snippets/regions';
import { ROOT } from '../fixtures/root';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(ROOT, file)));
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const pages = files.filter((file) => file.endsWith('.md'));
const withoutCode = (text: string) => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

/** The anchors of a page, as GitHub derives them from headings. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = read(page)
    .replace(/```[\s\S]*?```/g, '')
    .matchAll(/^#{1,6} (.+)$/gm);
  const anchors = [...headings].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
  const named = [...read(page).matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  return new Set([...anchors, ...named]);
}

const linksOf = (page: string): string[] =>
  [...withoutCode(read(page)).matchAll(/\]\(<?([^)\s>]+)>?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));

const targetOf = (page: string, link: string) => {
  const [file = '', anchor] = link.split('#');
  return { file: file === '' ? page : path.join(path.dirname(page), file), anchor };
};

test.each(pages)('the links of %s lead to files and headings that are there', (page) => {
  const dead = linksOf(page).filter((link) => {
    const { file, anchor } = targetOf(page, link);
    if (!existsSync(path.join(ROOT, file))) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
  });
  expect(dead).toEqual([]);
});

test('pages that are published link only to what is published', () => {
  const { files: published } = JSON.parse(read('package.json')) as { files: string[] };
  const isPublished = (file: string) =>
    ['README.md', 'LICENSE', ...published].some((each) => file === each || file.startsWith(`${each}/`));
  const outside = pages
    .filter(isPublished)
    .flatMap((page) => linksOf(page).map((link) => ({ page, link, ...targetOf(page, link) })))
    .filter(({ file }) => !isPublished(file))
    .map(({ page, link }) => `${page}: ${link}`);
  expect(outside).toEqual([]);
});

test('a page or an example that a file names is there', () => {
  const named = /(?<![\w/.@-])((?:docs|examples)\/[\w/-]+\.(?:md|svg|ts))\b/g;
  const texts = files.filter((file) => /\.(ts|mjs|md|yml|json)$|Dockerfile$/.test(file));
  const gone = texts.flatMap((file) =>
    [...read(file).matchAll(named)]
      .filter(([, target = '']) => !existsSync(path.join(ROOT, target)))
      .map(([, target]) => `${file}: ${target}`),
  );
  expect(gone.filter((line) => !/^(package-lock|test\/(unit\/docs|composeFile)\.test)/.test(line))).toEqual(
    [],
  );
});

/** The tests that a page names: as `(name, name)` after a sentence, or in the column "shown by" of a table. */
function proofsOf(page: string): string[] {
  const text = read(page).replace(/```[\s\S]*?```/g, '');
  const sentences = [...text.matchAll(/(?<=[.:;]\s|^)\(((?:`\w+`(?:, )?)+)\)/g)].map(
    ([, names = '']) => names,
  );
  let column = -1;
  const cells = text.split('\n').map((line) => {
    const row = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (!line.startsWith('|')) column = -1;
    else if (row.includes('shown by')) column = row.indexOf('shown by');
    return row[column] ?? '';
  });
  return [...sentences, ...cells].flatMap((part) =>
    [...part.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );
}

test('each test that a guarantee names is there', () => {
  const tests = new Set(
    files.filter((file) => /^test\/.*\.test\.ts$/.test(file)).map((file) => path.basename(file, '.test.ts')),
  );
  const proofs = pages
    .filter((page) =>
      /^docs\/((concepts|guides|reference)\/[\w-]+|bad-input|transport-rules)\.md$/.test(page),
    )
    .flatMap((page) => proofsOf(page).map((name) => ({ page, name })));
  expect(proofs.length).toBeGreaterThan(100);
  expect(proofs.filter(({ name }) => !tests.has(name))).toEqual([]);
});

test('each source file and test that a page names is there', () => {
  const source = /\b(?:src|workflows|activities|test|scripts)\/[\w./-]*(?:\.ts\b|\/(?=`))|\w+\.test\.ts\b/g;
  const names = new Set(files.map((file) => path.basename(file)));
  const gone = pages
    .filter((page) => /^(README|docs\/)/.test(page))
    .flatMap((page) => [...read(page).matchAll(source)].map(([name]) => ({ page, name })))
    .filter(({ name }) => (name.includes('/') ? !existsSync(path.join(ROOT, name)) : !names.has(name)));
  expect(gone).toEqual([]);
});

test('the code in the pages is that of examples/', () => {
  /** Ignores line breaks and indentation: the formatter breaks lines differently in a page than in the source. */
  const essence = (code: string) => code.replace(/\s+/g, '').replace(/,(?=[)\]}])/g, '');
  const handWritten = pages.filter((page) => /^(README|docs\/(?!reference\/api))/.test(page));
  const wrong: string[] = [];
  for (const page of handWritten)
    replaceSnippets(read(page), ({ code, source }) => {
      if (source === undefined) wrong.push(`${page} has code without a source: ${code.slice(0, 80)}`);
      else if (essence(code) !== essence(source)) wrong.push(`${page}: run \`npm run docs:snippets\``);
      return code;
    });
  expect(wrong).toEqual([]);
});
