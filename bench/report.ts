/** The results as a table for people. */
import type { Cost } from './cost';
import { figuresOf, medianFigures, medianRatios, type Figures } from './stats';
import type { Round, Subject } from './subject';

export interface Scenario {
  readonly sessions: number;
  readonly callsEach: number;
}

export interface Measured extends Scenario {
  readonly rounds: Record<Subject['name'], Round[]>;
}

const HEADER = ['', '', 'p50 ms', 'p99 ms', 'calls/s'];

export function tableOf(scenarios: Measured[]): string {
  const rows = scenarios.flatMap(rowsOf);
  const cells = [HEADER, ...rows];
  const widths = HEADER.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0, column))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

export const costLine = ({ eventsPerCall, actionsPerCall, calls }: Cost): string =>
  `A call writes ${eventsPerCall.toFixed(1)} history events and costs ${actionsPerCall.toFixed(1)} Temporal actions (over ${calls} calls of one session).`;

/** A scenario's block: each subject's figures, then where the product stands to the others. */
function rowsOf({ sessions, callsEach, rounds }: Measured): string[][] {
  const figures = {
    product: rounds.product.map(figuresOf),
    floor: rounds.floor.map(figuresOf),
    memory: rounds.memory.map(figuresOf),
  };
  const absolute = (name: Subject['name']) => [
    name,
    ...cellsOf(medianFigures(figures[name]), (n) => n.toFixed(1)),
  ];
  const relative = (name: 'floor' | 'memory') => [
    `product/${name}`,
    ...cellsOf(medianRatios(figures.product, figures[name]), (n) => `${n.toFixed(2)}×`),
  ];
  const title = sessions === 1 ? `1 session, one call at a time` : `${sessions} sessions at once`;
  const labels = [title, `${sessions} × ${callsEach} calls a round`, '', '', ''];
  const lines = [
    absolute('product'),
    absolute('floor'),
    absolute('memory'),
    relative('floor'),
    relative('memory'),
  ];
  return [...lines.map((line, index) => [labels[index] ?? '', ...line]), ['']];
}

const cellsOf = ({ p50, p99, callsPerSecond }: Figures, format: (n: number) => string): string[] =>
  [p50, p99, callsPerSecond].map(format);

const pad = (cell: string, width: number, column: number): string =>
  column < 2 ? cell.padEnd(width) : cell.padStart(width);
