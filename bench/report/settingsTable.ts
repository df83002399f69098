/**
 * The effect of each setting of Temporal: the figure with the alternative, divided by the figure with the
 * product's choice.
 */
import type { Measured } from '../measure';
import { SETTINGS } from '../settings/settings';
import { markdownTable, ratioIn } from './table';

const FIGURES = [
  { scenario: 'calls-1', column: 'p50', title: 'one call at a time, p50' },
  { scenario: 'calls-32', column: 'calls/s', title: '32 sessions, calls/s' },
];

export function settingsTable(measured: Measured[]): string {
  const rows = SETTINGS.map(({ name, title, ours, other }) => [
    title,
    ours,
    other,
    ...FIGURES.map(
      ({ scenario, column }) =>
        ratioIn(measured, scenario, column, `floor-${name}`, 'floor')?.toFixed(2) ?? '—',
    ),
  ]);
  const header = ['setting', 'ours', 'tried instead', ...FIGURES.map(({ title }) => title)];
  return `### Settings\n\nOf the floor, whose worker and server are set as the product's are: the figure with the other choice, divided by the one with ours.\n\n${markdownTable(header, rows)}`;
}
