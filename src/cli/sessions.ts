/** `durable-mcp sessions`: which sessions there are, what they said, and an end to one. Asks Temporal alone: no worker needs to run. */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { auditLinesOf } from '../log/audit';
import { readLog, readStart } from '../log/readLog';
import { LogState } from '../log/state';
import { SESSION_WORKFLOW, sessionIdOf, workflowIdOf } from '../protocol/session';
import { END_SIGNAL, type EndSignal } from '../protocol/signals';
import type { TemporalNamespace } from '../temporal/connect';
import { describe, findSession, startOf, statusOf, withClient } from './findSession';
import { print, printable, printableJson, table } from './print';

/** How many sessions `list` reads at the same time. */
const AT_ONCE = 8;
const HEAD = ['ID', 'CLIENT', 'PROTOCOL', 'PRINCIPAL', 'STATE', 'IN FLIGHT', 'STARTED', 'LAST ACTIVITY'];

export interface ListArguments {
  /** Ended ones as well. */
  readonly all: boolean;
  readonly limit: number;
}

export async function listSessions(target: TemporalNamespace, { all, limit }: ListArguments): Promise<void> {
  await withClient(target, async (client) => {
    // A session has one execution that has not gone on in another. Temporal gives running ones first, and then the newest.
    const which = all ? "!= 'ContinuedAsNew'" : "= 'Running'";
    const query = `WorkflowType = '${SESSION_WORKFLOW}' AND ExecutionStatus ${which}`;
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query, pageSize: limit + 1 })) {
      ids.push(sessionIdOf(workflowId));
      if (ids.length > limit) break;
    }
    const rows: Row[] = [];
    for (let i = 0; i < Math.min(ids.length, limit); i += AT_ONCE) {
      const read = await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => rowOf(client, id)));
      rows.push(...read.filter((row) => row !== undefined));
    }
    rows.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
    for (const line of table([HEAD, ...rows.map(({ cells }) => cells)])) await print(line);
    if (ids.length > limit) console.error(`There are more than ${limit} sessions; --limit shows more.`);
  });
}

interface Row {
  readonly startedAt: Date;
  readonly cells: readonly string[];
}

/** `undefined` for a session that Temporal has forgotten since it was listed. */
async function rowOf(client: Client, id: string): Promise<Row | undefined> {
  const found = await describe(client, id);
  if (!found) return undefined;
  const state = new LogState();
  for await (const event of readLog(client, { sessionId: id, run: found.lastRun, wait: false }))
    state.apply(event);
  const { time: startedAt, input } = await readStart(client, id, found);
  const { client: by, protocolVersion, principal } = input.session;
  const cells = [
    id,
    printable(`${by.name} ${by.version}`).slice(0, 40),
    protocolVersion,
    printable(principal).slice(0, 40),
    statusOf(found, state),
    String(state.inFlight.size),
    startedAt.toISOString(),
    state.lastActivity.toISOString(),
  ];
  return { startedAt, cells };
}

export async function exportSession(target: TemporalNamespace, id: string): Promise<void> {
  await withClient(target, async (client) => {
    const found = await findSession(client, id);
    const { run } = await startOf(client, found);
    for await (const event of readLog(client, { sessionId: found.id, run, wait: false }))
      for (const line of auditLinesOf(event)) await print(printableJson(line));
  });
}

/** Over is a session from the signal's place in its log on, so that is what is waited for. */
export async function endSession(target: TemporalNamespace, id: string): Promise<void> {
  await withClient(target, async (client) => {
    const found = await findSession(client, id);
    try {
      const handle = client.workflow.getHandle(workflowIdOf(found.id));
      await handle.signal<[EndSignal]>(END_SIGNAL, { reason: 'ended by the operator' });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new Error(`The session ${found.id} has ended already.`, { cause: error });
    }
    const log = readLog(client, { sessionId: found.id, run: found.lastRun, wait: true });
    for await (const event of log) if (event.kind === 'ended') await print(`ended ${found.id}`);
  });
}
