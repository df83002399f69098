/** The table of clients in docs/compatibility.md. */
import { writeSection } from '../section';
import { CHECKS } from './client';
import { cellOf, explanations, unexplained, type Row } from './row';

export async function writeTable(rows: readonly Row[]): Promise<void> {
  const headings = ['client', 'from', ...CHECKS, 'what to know'];
  await writeSection('clients', headings, rows.map(cellsOf));
}

function cellsOf(row: Row): string[] {
  const { name, registry, note } = row.client;
  const notes = [
    ...unexplained(row).map((failure) => failure.split('\n', 1).join()),
    ...explanations(row),
    ...(note ? [note] : []),
  ];
  return [`\`${name}\``, registry, ...CHECKS.map((check) => cellOf(row, check)), notes.join('; ')];
}
