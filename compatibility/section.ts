/** Writes a table into docs/compatibility.md, between the two marks of the script that fills it. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FILE = path.join(__dirname, '../docs/compatibility.md');

export async function writeSection(
  name: 'clients' | 'servers',
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  const text = await readFile(FILE, 'utf8');
  const [begin, end] = [`<!-- ${name}: filled by npm run ${name} -->`, `<!-- end of ${name} -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined)
    throw new Error(`${FILE} has no place for the table: put "${begin}" and "${end}" into it.`);
  const table = [headings, headings.map(() => '---'), ...rows].map(line).join('\n');
  await writeFile(FILE, `${before}${begin}\n\n${table}\n\n${end}${after}`);
}

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
