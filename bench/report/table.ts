/** A scenario as a Markdown table: a row for each subject, a column for each figure. */
import type { Measured, Outcome } from '../measure';
import type { Column } from '../scenarios/scenario';
import { median } from '../stats';
import type { Subject } from '../subjects/subject';
import type { SubjectName } from '../subjects/names';

/** `header` and `rows` contain the cells. The first column is text, the others are figures. */
export function markdownTable(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map(line).join('\n');
}

/**
 * Each cell has a figure and, if the scenario has a base, the ratio to the base in brackets. Failures stand
 * below the table.
 */
export function scenarioTable({ scenario, outcomes }: Measured, subjects: Subject[]): string {
  const titleOf = (name: SubjectName) => subjects.find((subject) => subject.name === name)?.title ?? name;
  const base = outcomes.find(({ subject, failure }) => subject === scenario.base && failure === undefined);
  const rows = outcomes.map((outcome) => [
    titleOf(outcome.subject),
    ...scenario.columns.map((column) => cellOf(column, outcome, base)),
  ]);
  const failures = outcomes.flatMap(({ subject, failure }) =>
    failure === undefined ? [] : `- ${titleOf(subject)} failed: ${oneLine(failure)}`,
  );
  return [
    `### ${scenario.title}`,
    markdownTable(['', ...scenario.columns.map(({ title }) => title)], rows),
    base ? `In brackets: divided by that of _${titleOf(base.subject)}_.` : '',
    failures.join('\n'),
  ].join('\n\n');
}

function cellOf(column: Column, outcome: Outcome, base: Outcome | undefined): string {
  const figure = figureOf(column, outcome);
  if (figure === undefined) return '—';
  const ratio = outcome === base ? undefined : base && ratioOf(column, outcome, base);
  const unit = column.unit && ` ${column.unit}`;
  return `${rounded(figure)}${unit}${ratio === undefined ? '' : ` (${ratio.toFixed(2)})`}`;
}

/** The median of the figure over the rounds. */
function figureOf({ figure }: Column, { rounds }: Outcome): number | undefined {
  const figures = rounds.map(figure).filter((value) => value !== undefined);
  return figures.length > 0 ? median(figures) : undefined;
}

/** The median of the ratios of single rounds: neighbours in time have the same conditions on the machine. */
export function ratioOf({ figure }: Column, outcome: Outcome, base: Outcome): number | undefined {
  const ratios = outcome.rounds.flatMap((round, index) => {
    const other = base.rounds[index];
    const [ours, theirs] = [figure(round), other && figure(other)];
    return ours === undefined || theirs === undefined ? [] : [ours / theirs];
  });
  return ratios.length > 0 ? median(ratios) : undefined;
}

/** The same for a scenario and a column by name. Absent unless both subjects were measured. */
export function ratioIn(
  measured: Measured[],
  scenario: string,
  title: string,
  subject: SubjectName,
  base: SubjectName,
): number | undefined {
  const found = measured.find((each) => each.scenario.name === scenario);
  const column = found?.scenario.columns.find((each) => each.title === title);
  const outcomeOf = (name: SubjectName) => found?.outcomes.find((each) => each.subject === name);
  const [outcome, other] = [outcomeOf(subject), outcomeOf(base)];
  return column && outcome && other && ratioOf(column, outcome, other);
}

export const rounded = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

export const oneLine = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 200);
