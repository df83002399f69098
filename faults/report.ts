/**
 * Renders the matrix as a table: one column for each point, and in each field the number of cells that hold.
 */
import os from 'node:os';
import { FAULTS, KINDS, NODES, POINTS, VICTIMS, nameOf } from './matrix';
import type { Outcome } from './round';

const cellOf = ({ round, kind }: Outcome): string => `${nameOf(round)}, ${kind}`;

/** A row for each fault and the node on which the client resumes. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = FAULTS.flatMap((fault) =>
    VICTIMS.flatMap((victim) => NODES.map((node) => ({ fault, victim, node }))),
  );
  return table(
    rows.map(({ fault, victim, node }) => ({
      title: `${fault} ${victim}, ${node}`,
      outcomes: outcomes.filter(
        ({ round }) => round.fault === fault && round.victim === victim && round.node === node,
      ),
    })),
  );
}

/** A row for each kind of call. */
const tableOfKinds = (outcomes: readonly Outcome[]): string =>
  table(
    Object.keys(KINDS).map((title) => ({ title, outcomes: outcomes.filter(({ kind }) => kind === title) })),
  );

interface Row {
  readonly title: string;
  readonly outcomes: readonly Outcome[];
}

function table(rows: readonly Row[]): string {
  const fields = rows.map(({ title, outcomes }) => [
    title,
    ...POINTS.map((point) => {
      const cells = outcomes.filter(({ round }) => round.point === point);
      const held = cells.filter(({ problems }) => problems.length === 0).length;
      return cells.length === 0 ? '–' : `${held === cells.length ? '' : '✗ '}${held}/${cells.length}`;
    }),
  ]);
  const header = ['', ...POINTS];
  const widths = header.map((title, i) =>
    Math.max(title.length, ...fields.map((row) => row[i]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((field, i) => field.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...fields.map(line)].join('\n');
}

export const failuresOf = (outcomes: readonly Outcome[]): string =>
  outcomes
    .filter(({ problems }) => problems.length > 0)
    .map((outcome) => `- ${cellOf(outcome)}: ${outcome.problems.join('; ')}`)
    .join('\n');

/** Renders docs/faults.md. `of`: the number of cells of the whole matrix. */
export function documentOf(outcomes: readonly Outcome[], of: number, startedAt: Date): string {
  const held = outcomes.filter(({ problems }) => problems.length === 0).length;
  const minutes = Math.round((Date.now() - startedAt.getTime()) / 60_000);
  const cpus = os.cpus();
  const failures = failuresOf(outcomes);
  return `# The fault matrix

Written by \`npm run faults -- --write\`. {node, worker, Temporal, all of them} is killed (SIGKILL) or frozen (SIGSTOP, beyond the
heartbeat timeout) while calls of ${Object.keys(KINDS).length} kinds stand at one of ${POINTS.length} points, and the client goes on at the same node (started again on its
port, or thawed) or at another. Each field says how many of its cells held. The points are reached by gates in the handlers and by reading
the history, never by waiting.

The last run: ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${minutes} minutes, ${cpus.length} × ${cpus[0]?.model ?? 'unknown'}, Node ${process.version}:
**${held} of ${outcomes.length} cells held**${outcomes.length < of ? `, of the ${of} that the matrix has` : ', which is the whole matrix'}.

${tableOf(outcomes)}

By kind of call; a dash is a point that such a call does not have (a call without steps has none to claim or record, a state write
is effect and record in one, a sleep is recorded when it begins; \`inline\`, inside of the workflow task, all calls are alike, and a call is
\`promoting\` because it takes long or because of its first step or message), and is all that is left out:

${tableOfKinds(outcomes)}

${failures ? `## What did not hold\n\n${failures}` : 'No cell failed.'}

## What each cell must keep

Judged by the handlers' ledger, and by every event that the client was sent, by id, over all of its connections (\`faults/judge.ts\`):

- At-most-once calls and steps: at most one effect, always; one, if the answer says so. A call that is lost says that its outcome is unknown.
- At-least-once: at least one effect, and never an error. A step that was recorded before the fault has one effect and the first value.
- A race has the same winner at every attempt, which is what the step after it records; a question that the client answers wins against a
  sleep. An error that a handler has caught is caught as the same at every attempt, and what threw it does not run again.
- No effect twice where only a node was struck, or where the result stood in the history before the fault.
- One response, and it is the last event. No event twice; the whole stream, asked for again at the other node, is the same byte for byte,
  and so is its rest fetched from the first event. Progress 1 to 6, each once and in order. One question to the client.
- A frozen worker is let go to its end before the attempts that took its place go on; each attempt has a branch (its ghost) that wakes up when
  the call has moved on. They may claim nothing, and nobody may hear of them.
- The session goes on: the next call in it is answered.
`;
}
