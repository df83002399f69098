/** Writes the measurements as a report for people. */
import { format, resolveConfig } from 'prettier';
import type { Alone } from '../alone';
import type { Cost } from '../cost';
import type { Idle } from '../idle/idle';
import type { Measured } from '../measure';
import type { Subject } from '../subjects/subject';
import { goalTable } from './goals';
import { anatomyTables } from './anatomyTables';
import { machineLine, type Machine } from './machine';
import { settingsTable } from './settingsTable';
import { startUpTable } from './startUpTable';
import { markdownTable, oneLine, rounded, scenarioTable } from './table';

export interface Run {
  readonly startedAt: string;
  readonly command: string;
  readonly machine: Machine;
  /** The version of the embedded server. */
  readonly temporal: string;
}

export interface Comparison {
  readonly rounds: number;
  readonly subjects: Subject[];
  readonly measured: Measured[];
  readonly costs: Cost[];
  /** Absent if the run had only some scenarios. */
  readonly alone: Alone | undefined;
}

export function comparisonReport({ rounds, subjects, measured, costs, alone }: Comparison, run: Run): string {
  const made = subjects.map(({ title, made }) => `- ${title}: ${made}`);
  return [
    headOf(run),
    `Medians of ${rounds} interleaved rounds; a ratio is the median of the rounds' own ratios.`,
    made.join('\n'),
    goalTable(measured, costs, alone?.startUp),
    "![The median latency of a call with each of them, divided by the floor's](performance.svg)",
    ...measured.filter(({ outcomes }) => outcomes.length > 0).map((each) => scenarioTable(each, subjects)),
    costTable(costs),
    ...(alone
      ? [idleTable(alone.idle), ...alone.anatomies.map(anatomyTables), startUpTable(alone.startUp)]
      : []),
  ].join('\n\n');
}

export const settingsReport = (measured: Measured[], run: Run): string =>
  [headOf(run), settingsTable(measured)].join('\n\n');

export const idleReport = (idle: Idle[], run: Run): string => [headOf(run), idleTable(idle)].join('\n\n');

function headOf({ startedAt, command, machine, temporal }: Run): string {
  return `Measured on ${startedAt.slice(0, 10)} by \`${command}\` on ${machineLine(machine)}; ${temporal}, embedded, on a SQLite file.`;
}

function costTable(costs: Cost[]): string {
  const rows = costs.map(({ title, events, bytes, signals, actions }) => [
    title,
    ...[events, bytes, signals, actions].map(rounded),
  ]);
  const header = ['', 'history events', 'bytes of history', 'signals', 'Temporal actions'];
  return `### What a call of the product writes\n\n${markdownTable(header, rows)}`;
}

/** A table with one column per measurement, since there are more figures than subjects. */
function idleTable(idle: Idle[]): string {
  const row = (title: string, cell: (each: Idle) => string) => [title, ...idle.map(cell)];
  const rows = [
    row('sessions asked for', ({ asked }) => String(asked)),
    row('opened', ({ opened }) => String(opened)),
    row('opened a second', ({ openedPerSecond }) => rounded(openedPerSecond)),
    row('until what that left was done', ({ temporal }) =>
      temporal ? `${rounded(temporal.backlogSeconds)} s` : '—',
    ),
    row('streams open at the end', ({ streams }) => String(streams)),
    row('memory of the node before', ({ beforeMb }) => `${rounded(beforeMb)} MB`),
    row('and of each session', ({ sessionKb }) => `${rounded(sessionKb)} kB`),
    row('CPU of the node', ({ cpuPercent }) => `${rounded(cpuPercent)} %`),
    row('CPU of Temporal', ({ temporal }) => (temporal ? `${rounded(temporal.cpuPercent)} %` : '—')),
    row('long-polls of each session', longPollsOf),
    row('long-polls refused a second', ({ temporal }) =>
      temporal ? rounded(temporal.refusedPerSecond) : '—',
    ),
    row('calls answered', ({ calls: { asked, answered } }) => `${answered} of ${asked}`),
    row('their p50', ({ calls: { p50Ms } }) => (p50Ms === undefined ? '—' : `${rounded(p50Ms)} ms`)),
  ];
  const table = markdownTable(['', ...idle.map(({ title }) => title)], rows);
  const failures = idle.flatMap(({ title, asked, failures }) =>
    failures.map((failure) => `- ${title}, ${asked} sessions: ${oneLine(failure)}`),
  );
  return [`### Sessions that only listen`, table, failures.join('\n')].join('\n\n');
}

const longPollsOf = ({ temporal, streams }: Idle): string =>
  temporal && streams > 0 ? (temporal.longPolls / streams).toFixed(2) : '—';

/** Formats Markdown as `npm run lint` demands. */
export async function formatted(markdown: string, file: string): Promise<string> {
  return format(markdown, { ...(await resolveConfig(file)), parser: 'markdown' });
}
