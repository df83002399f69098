/**
 * Finds the code blocks of a page and their sources: `<!-- snippet: FILE#REGION -->` before a block names its
 * source in examples/.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '../..');
const BLOCK = /(?:<!-- snippet: (\S+?)(?:#(\S+))? -->\n\n?)?```(?:ts|js|mjs|typescript)\n([\s\S]*?)```/g;

export interface Snippet {
  /** The code in the page. */
  readonly code: string;
  /** The code in its source; `undefined` if the page names no source. */
  readonly source: string | undefined;
}

/** The text of the page with each snippet replaced. */
export function replaceSnippets(text: string, write: (snippet: Snippet) => string): string {
  return text.replace(
    BLOCK,
    (block: string, file: string | undefined, region: string | undefined, code: string) => {
      const source = file && regionOf(file, region);
      const written = write({ code, source });
      return written === code ? block : block.replace(code, () => written);
    },
  );
}

/**
 * The code from `// #region NAME` to `// #endregion`, without its indentation; the whole file if no name is
 * given.
 */
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
