/** The table of servers in docs/compatibility.md, between its two marks. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Row } from './main';

const FILE = path.join(__dirname, '../../docs/compatibility.md');
const [BEGIN, END] = ['<!-- servers: filled by npm run servers -->', '<!-- end of servers -->'];
const EMPTY = `# Compatibility\n\n## Servers\n\n${BEGIN}\n${END}\n`;

export async function writeTable(rows: readonly Row[]): Promise<void> {
  let text = await readFile(FILE, 'utf8').catch(() => EMPTY);
  if (!text.includes(BEGIN)) text += `\n## Servers\n\n${BEGIN}\n${END}\n`;
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const after = text.slice(text.indexOf(END));
  const table = [
    "| server | version | as on the SDK's own transport | what differs, and why; what to know |",
    '| --- | --- | --- | --- |',
    ...rows.map(line),
  ];
  await writeFile(FILE, `${before}\n\n${table.join('\n')}\n\n${after}`);
}

function line({ server, version, failure, said, same, asked, explained, unexplained }: Row): string {
  const notes = [failure, ...unexplained, ...explained, server.note, said && `the start says: ${said}`];
  const cells = [
    `\`${server.name.replace(/(?<=.)@[\d.]+$/, '')}\``,
    version,
    failure ? 'could not be compared' : `${same} of ${asked} requests`,
    notes.filter(Boolean).join('; '),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
