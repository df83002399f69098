/**
 * Part of `npm run build`: writes the declarations that authors import a second time, for ES modules. In the
 * compiler's `x.d.ts`, imports resolve to the SDK's CommonJS types; an author's ES module gets the SDK's ES
 * types, and classes of the two are not assignable to each other. So each declaration that an entry reaches
 * gets an `x.d.mts` beside it. Fails if the declarations of an entry name a package that authors may not have
 * installed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const DIST = path.join(import.meta.dirname, '../../dist/src');
/** The packages that the declarations of each entry may name. */
const ENTRIES = {
  'index.d.ts': /^@modelcontextprotocol\/sdk\//,
  'runtime/index.d.ts': /^(@temporalio\/client$|pino$|node:)/,
  'client/index.d.ts':
    /^(@modelcontextprotocol\/sdk\/|@temporalio\/client$|zod\/v4$|eventsource-parser$|node:)/,
  'client/workflow/index.d.ts': /^@temporalio\/(workflow|common)$/,
  'client/worker/index.d.ts': /^(@temporalio\/worker$|node:)/,
  'testing/index.d.ts': /^(@modelcontextprotocol\/sdk\/|@temporalio\/(client|proto)$|node:)/,
};
const SPECIFIER = /((?:from|import)\s*\(?\s*['"])([^'"]+)(['"])/g;

for (const [entry, allowed] of Object.entries(ENTRIES)) {
  const reached = new Set();
  reach(path.join(DIST, entry), allowed, reached);
  for (const file of reached) writeFileSync(file.replace(/\.ts$/, '.mts'), asModule(file));
}

function reach(file, allowed, reached) {
  if (reached.has(file)) return;
  reached.add(file);
  for (const [, , specifier] of codeOf(file).matchAll(SPECIFIER)) {
    if (specifier.startsWith('.')) reach(declarationOf(file, specifier), allowed, reached);
    else if (!allowed.test(specifier))
      throw new Error(`${file} names ${specifier}: authors need not have it.`);
  }
}

/** The file without its comments, whose examples import packages too. */
function codeOf(file) {
  return readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\//g, '');
}

function declarationOf(file, specifier) {
  const base = path.join(path.dirname(file), specifier);
  return existsSync(`${base}.d.ts`) ? `${base}.d.ts` : path.join(base, 'index.d.ts');
}

function asModule(file) {
  return readFileSync(file, 'utf8').replace(SPECIFIER, (whole, before, specifier, after) => {
    if (!specifier.startsWith('.')) return whole;
    const target = path
      .relative(path.dirname(file), declarationOf(file, specifier))
      .replace(/\.d\.ts$/, '.mjs');
    return `${before}${target.startsWith('.') ? '' : './'}${target}${after}`;
  });
}
