/** Tables of where the time of a call goes. */
import type { Anatomy } from '../anatomy/anatomy';
import { markdownTable, rounded } from './table';

export function anatomyTables({ title, phases, requests, stored }: Anatomy): string {
  const total = phases.reduce((sum, { ms }) => sum + ms, 0);
  const phaseRows = phases.map((phase) => [
    phase.title,
    `${rounded(phase.ms)} ms`,
    `${rounded((phase.ms / total) * 100)} %`,
  ]);
  const countRows = (counts: Anatomy['requests']) =>
    counts.map(({ operation, perCall, meanMs }) => [operation, perCall.toFixed(1), `${rounded(meanMs)} ms`]);
  return [
    `### Where the time of a call goes: ${title}`,
    markdownTable(['until', 'since the line above', 'of the whole'], phaseRows),
    markdownTable(['request to Temporal', 'a call', 'takes'], countRows(requests)),
    markdownTable(["operation of Temporal's store", 'a call', 'takes'], countRows(stored)),
  ].join('\n\n');
}
