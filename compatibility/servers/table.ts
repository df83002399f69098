/** The table of servers in docs/compatibility.md. */
import { writeSection } from '../section';
import type { Row } from './row';

export async function writeTable(rows: readonly Row[]): Promise<void> {
  const headings = [
    'server',
    'version',
    "as on the SDK's own transport",
    'what differs, and why; what to know',
  ];
  await writeSection('servers', headings, rows.map(cellsOf));
}

function cellsOf({ server, version, failure, said, same, asked, explained, unexplained }: Row): string[] {
  const notes = [failure, ...unexplained, ...explained, server.note, said && `the start says: ${said}`];
  return [
    `\`${server.name.replace(/(?<=.)@[\d.]+$/, '')}\``,
    version,
    failure ? 'could not be compared' : `${same} of ${asked} requests`,
    notes.filter(Boolean).join('; '),
  ];
}
