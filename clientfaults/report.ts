/** The matrix as a table: what happened in each cell. */
import type { Verdict } from './judge';
import { alignedTable } from './page';
import { exists, KINDS, POINTS, SERVERS, type Point, type ServerName } from './points';

const HEADINGS: Record<ServerName, string> = {
  'durable-mcp': 'a durable-mcp server',
  'SDK over HTTP': 'an SDK server over HTTP, with an event store',
  'SDK over stdio': 'an SDK server over stdio',
};

export function tableOf(verdicts: readonly Verdict[]): string {
  const rows = (Object.keys(POINTS) as Point[]).map((point) => [
    `**${point}**: ${POINTS[point]}`,
    ...SERVERS.map((server) =>
      exists(point, server)
        ? cellOf(verdicts.filter(({ round }) => round.point === point && round.server === server))
        : '–',
    ),
  ]);
  const header = ['killed at', ...SERVERS.map((server) => HEADINGS[server])];
  return alignedTable([header, ...rows]);
}

/** Each thing that happened, the commonest first, with how often where there are several. */
function cellOf(verdicts: readonly Verdict[]): string {
  const times = new Map<string, number>();
  for (const { happened } of verdicts)
    for (const kind of KINDS) times.set(happened[kind], (times.get(happened[kind]) ?? 0) + 1);
  const each = [...times].sort(([, a], [, b]) => b - a);
  const isViolated = verdicts.some(({ problems }) => problems.length > 0);
  const all = each.map(([what, count]) => (each.length > 1 ? `${what} (${count}×)` : what)).join('; ');
  return `${isViolated ? '✗ ' : ''}${all}`;
}

export const failuresOf = (verdicts: readonly Verdict[]): string[] =>
  verdicts.flatMap(({ problems }) => problems);
