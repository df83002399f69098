/** Tables in docs/client.md, between marks, as Prettier would have them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FILE = path.join(__dirname, '../docs/client.md');

export function alignedTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')));
  const widths = (cells[0] ?? []).map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, i) => (row[i] ?? '').padEnd(width)).join(' | ')} |`;
  const [header = [], ...body] = cells;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/** Puts `text` between the marks `name`. The page is made if it is not there. @throws Error for a mark without its end */
export function writeBetween(name: 'matrix' | 'peers', text: string): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const page = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '# The client\n';
  const marked = page.includes(begin) ? page : `${page}\n${begin}\n${end}\n`;
  const [before, rest = ''] = marked.split(begin);
  const after = rest.split(end)[1];
  if (after === undefined) throw new Error(`${FILE} has no "${end}" after "${begin}"; put it there.`);
  writeFileSync(FILE, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}
