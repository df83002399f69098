/** The table of how long `npm start` takes. */
import type { StartUp } from '../startUp';
import { median } from '../stats';
import { markdownTable } from './table';

export function startUpTable({ first, again }: StartUp): string {
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  const row = (title: string, samples: number[]) => [
    title,
    ...[median(samples), Math.max(...samples)].map(seconds),
  ];
  const rows = [row('the first start', first), row('a start with what the one before has left', again)];
  return `### \`npm start\`, until it serves\n\n${markdownTable(['', 'median', 'longest'], rows)}`;
}
