/** What each setting of Temporal is worth: the other choice, divided by ours. */
import type { Measured } from '../measure';
import type { Column } from '../scenarios/scenario';
import { SETTINGS } from '../settings/settings';
import { markdownTable, ratioOf } from './table';

const FIGURES = [
  { scenario: 'calls-1', column: 'p50', title: 'one call at a time, p50' },
  { scenario: 'calls-32', column: 'calls/s', title: '32 sessions, calls/s' },
];

export function settingsTable(measured: Measured[]): string {
  const rows = SETTINGS.map(({ name, title, ours, other }) => [
    title,
    ours,
    other,
    ...FIGURES.map(({ scenario, column }) => ratioIn(measured, scenario, column, `floor-${name}`)),
  ]);
  const header = ['setting', 'ours', 'tried instead', ...FIGURES.map(({ title }) => title)];
  return `### Settings\n\nOf the floor, whose worker and server are set as the product's are: the figure with the other choice, divided by the one with ours.\n\n${markdownTable(header, rows)}`;
}

function ratioIn(measured: Measured[], scenario: string, title: string, subject: string): string {
  const found = measured.find((each) => each.scenario.name === scenario);
  const column: Column | undefined = found?.scenario.columns.find((each) => each.title === title);
  const [base, outcome] = ['floor', subject].map((name) =>
    found?.outcomes.find((each) => each.subject === name),
  );
  const ratio = column && base && outcome && ratioOf(column, outcome, base);
  return ratio === undefined ? '—' : ratio.toFixed(2);
}
