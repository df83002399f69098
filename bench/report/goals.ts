/**
 * The product's goals for its speed, beside the measured values. Most are ratios within one run, which hold
 * on a busy machine too.
 */
import { A_CALL, A_TELLING_CALL, type Cost } from '../cost';
import type { Measured } from '../measure';
import type { StartUp } from '../startUp';
import { median } from '../stats';
import type { SubjectName } from '../subjects/names';
import { markdownTable, ratioIn } from './table';

interface Goal {
  readonly what: string;
  /** An upper or a lower bound. */
  readonly bound: { readonly most: number } | { readonly least: number };
  /** Absent if this run has not measured the value. */
  readonly value: number | undefined;
}

export function goalTable(measured: Measured[], costs: Cost[], startUp?: StartUp): string {
  const rows = goals(measured, costs, startUp).flatMap(({ what, bound, value }) => {
    if (value === undefined) return [];
    const isReached = 'most' in bound ? value <= bound.most : value >= bound.least;
    const goal = 'most' in bound ? `≤ ${bound.most}` : `≥ ${bound.least}`;
    return [[what, goal, value.toFixed(2), isReached ? 'yes' : '**no**']];
  });
  return `### Goals\n\n${markdownTable(['', 'goal', 'measured', 'reached'], rows)}`;
}

function goals(measured: Measured[], costs: Cost[], startUp?: StartUp): Goal[] {
  const ratio = (scenario: string, column: string, subject: SubjectName, base: SubjectName) =>
    ratioIn(measured, scenario, column, subject, base);
  const costOf = (title: string) => costs.find((cost) => cost.title === title);
  const p50 = (subject: SubjectName, base: SubjectName) => ratio('calls-1', 'p50', subject, base);
  return [
    {
      what: "a call, one at a time: p50, of the floor's",
      bound: { most: 0.8 },
      value: p50('product', 'floor'),
    },
    { what: "the same, of a bare signal's", bound: { most: 5 }, value: p50('product', 'signal') },
    {
      what: "32 sessions at once: calls/s, of the floor's",
      bound: { least: 1.3 },
      value: ratio('calls-32', 'calls/s', 'product', 'floor'),
    },
    {
      what: "the same, of FastMCP's tasks with fsync always",
      bound: { least: 1 },
      value: ratio('calls-32', 'calls/s', 'product', 'fastmcp'),
    },
    { what: 'history events of a call', bound: { most: 6 }, value: costOf(A_CALL)?.events },
    {
      what: 'a call of 200 ms, one at a time: p50, of one that is an activity at once',
      bound: { most: 1.05 },
      value: ratio('work-1', 'p50', 'product', 'product-once'),
    },
    {
      what: 'the same, 32 sessions at once: calls/s',
      bound: { least: 0.9 },
      value: ratio('work-32', 'calls/s', 'product', 'product-once'),
    },
    {
      what: "an at-most-once call, one at a time: p50, of the floor's",
      bound: { most: 1.15 },
      value: p50('product-once', 'floor'),
    },
    {
      what: "the same, 32 sessions at once: calls/s, of the floor's",
      bound: { least: 0.9 },
      value: ratio('calls-32', 'calls/s', 'product-once', 'floor'),
    },
    {
      what: 'signals of a call with 100 progress messages',
      bound: { most: 10 },
      value: costOf(A_TELLING_CALL)?.signals,
    },
    {
      what: 'opening a session, of starting a workflow',
      bound: { most: 2.5 },
      value: ratio('opening', 'p50', 'product', 'floor'),
    },
    {
      what: "`execution: 'node'`, 8 sessions: calls/s, of the SDK's in memory",
      bound: { least: 0.8 },
      value: ratio('calls-8', 'calls/s', 'product-none', 'memory'),
    },
    {
      what: "`ping`, 8 sessions: requests/s, of the SDK's in memory",
      bound: { least: 0.8 },
      value: ratio('ping-8', 'requests/s', 'product', 'memory'),
    },
    {
      what: "`tools/list` of an unchanged `McpServer`, 8 sessions: requests/s, of the SDK's in memory",
      bound: { least: 0.8 },
      value: ratio('tools-list-8', 'requests/s', 'product', 'memory'),
    },
    {
      what: 'the same of a `DurableMcpServer`',
      bound: { least: 0.8 },
      value: ratio('tools-list-8', 'requests/s', 'product-none', 'memory'),
    },
    {
      what: '`npm start` serves, Temporal being in the cache: s',
      bound: { most: 3 },
      value: startUp && median([...startUp.first, ...startUp.again]),
    },
  ];
}
