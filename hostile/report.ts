/** Renders the table and docs/hostile.md. */
import os from 'node:os';
import { BOUND_MB } from './judge';
import type { Measured, Outcome, Times } from './outcome';
import { NEAR_MB, SLOWER_AT_MOST } from './settle';

const HEADER = [
  '',
  'p50 / p99 before (ms)',
  'during',
  'lost, failed',
  'node MB: before, at most, after',
  'worker MB',
  'died',
  'as before after',
  'what the hostile client got',
];

export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ attack, measured, problems }) => [
    `${problems.length > 0 ? '✗ ' : ''}${attack.name}`,
    ...(measured ? fieldsOf(measured) : HEADER.slice(1).map(() => '–')),
  ]);
  const widths = HEADER.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((field, i) => field.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(HEADER), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function fieldsOf(measured: Measured): string[] {
  const { quiet, during, before, peak, after, lost, failed, unknown, deaths, settled } = measured;
  const memory = (role: 'node' | 'worker') => `${before[role]}, ${peak[role]}, ${after[role]}`;
  const count = (role: 'node' | 'worker') => deaths.filter((one) => one === role).length;
  const died = (['node', 'worker'] as const).filter(count).map((role) => `${role} × ${count(role)}`);
  return [
    `${Math.round(quiet.p50)} / ${Math.round(quiet.p99)}`,
    `${Math.round(during.p50)} / ${Math.round(during.p99)}`,
    `${lost}, ${failed.length}${unknown ? `, ${unknown} unknown` : ''}`,
    memory('node'),
    memory('worker'),
    died.join(', ') || '–',
    typeof settled === 'number' ? `${settled} s` : 'not',
    answersOf(measured) || '–',
  ];
}

const answersOf = ({ answers }: Measured): string =>
  Object.entries(answers)
    .map(([answer, count]) => `${answer} × ${count}`)
    .join(', ');

/** The violations, one attack a line. */
export const failuresOf = (outcomes: readonly Outcome[]): string =>
  outcomes
    .filter(({ problems }) => problems.length > 0)
    .map(({ attack, problems }) => `- ${attack.name}: ${problems.join('; ')}`)
    .join('\n');

/** Renders docs/hostile.md. `of`: the number of attacks. */
export function documentOf(outcomes: readonly Outcome[], of: number, times: Times, startedAt: Date): string {
  const held = outcomes.filter(({ problems }) => problems.length === 0).length;
  const keptCalls = outcomes.filter(
    ({ measured }) => measured?.lost === 0 && measured.failed.length === 0,
  ).length;
  const minutes = Math.round((Date.now() - startedAt.getTime()) / 60_000);
  const cpus = os.cpus();
  const failures = failuresOf(outcomes);
  return `# Hostile sessions

Written by \`npm run hostile -- --write\`. One hostile client after another does its worst for ${times.seconds} s, beside 20 innocent sessions
and one innocent call that waits all the while: two nodes, two workers and a Temporal on SQLite, new for each row, on one machine. Nothing is kept from
the hostile client but what the product keeps from it; to be refused (400, 413, 429, 503) is a fine answer for it.

The last run: ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${minutes} minutes, ${cpus.length} × ${cpus[0]?.model ?? 'unknown'}, Node ${process.version}:
**no innocent call lost or failed in ${keptCalls} of ${outcomes.length} rows, and nothing else harmed, latency included, in ${held}**${outcomes.length < of ? `; there are ${of} attacks` : ''}.

${tableOf(outcomes)}

${failures ? `## What did not hold\n\n${failures}` : 'Each did no harm.'}

## What a row must keep

- **Latency.** The innocent calls' p99 is at most ${SLOWER_AT_MOST} times that of the ${times.quietSeconds} s before the attack. A call counts where it began, and one that waits
  counts with what it has waited.
- **Calls.** None is lost (no answer for a minute) and none fails; the one that waits through it all ends as it should. A client that is refused for now, or
  cut, sends the same request again, as good clients do. Where handlers end their worker, an at-most-once call that was in it has an unknown outcome,
  and is told so.
- **Memory.** No node and no worker takes more than ${BOUND_MB} MB.
- **Processes.** None dies, except workers whose handlers end them. The harness starts what dies again, half a second later.
- **After it.** Within ${times.settleSeconds} s: the p99 of the last 5 s is as good as above, no process has more than ${NEAR_MB} MB more than before, all processes run, and
  no workflow is left but the sessions that were opened and not ended, and what these are subscribed to. The hostile client leaves without a word.

## How it is measured

- 20 sessions, each of which calls an at-most-once tool that does nothing, waits for the answer, and calls again a second after its
  call before began, at the earliest. With a tenth of a second for the second, two cores and Temporal on SQLite do not keep up with them alone (a p50
  of 0.9 s), and the quiet run would measure how calls wait for each other.
- Innocent clients speak to the nodes directly, in turns. The hostile client is a process of its own, of low priority: it would be another machine,
  and must not win by taking the cores.
- Attacks that take long to be in place (many sessions, many ids) go on for twice the time. What the hostile client got is by HTTP status; "none yet" is a request that it gave up on, or that had no answer at the end.

## The attacks

${outcomes.map(({ attack }) => `- **${attack.name}**: ${attack.what}`).join('\n')}
`;
}
