/** `durable-mcp sessions`: lists, exports and ends sessions. Uses only Temporal: no worker needs to run. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { auditLinesOf } from '../log/audit';
import { readLog } from '../log/readLog';
import { LogState } from '../log/state';
import { MCP_CLIENT, MCP_PRINCIPAL } from '../wire/searchAttributes';
import { SESSION_WORKFLOW, sessionIdOf, workflowIdOf } from '../wire/session';
import { END_SIGNAL, type EndSignal } from '../wire/signals';
import type { ConnectionValues } from './connection';
import { findSession, startOf, stateOf, withClient } from './findSession';
import { print, printable, printableJson, table } from './print';
import type { SessionMemo } from '../wire/sessionInfo';
import { logOfSession } from '../wire/logRef';

/** The number of logs that `list --activity` reads concurrently. */
const AT_ONCE = 8;
const HEAD = ['ID', 'CLIENT', 'PROTOCOL', 'PRINCIPAL', 'STATE', 'STARTED'];
const ACTIVITY_HEAD = ['IN FLIGHT', 'LAST ACTIVITY'];

export interface ListArguments {
  /** Also lists sessions that have ended. */
  readonly all: boolean;
  readonly limit: number;
  readonly activity: boolean;
}

export async function listSessions(
  options: ConnectionValues,
  { all, limit, activity }: ListArguments,
): Promise<void> {
  await withClient(options, async (client) => {
    // Only the last execution of a session is not ContinuedAsNew, so each session is listed once. Temporal
    // lists running executions first, then the newest.
    const which = all ? "!= 'ContinuedAsNew'" : "= 'Running'";
    const query = `WorkflowType = '${SESSION_WORKFLOW}' AND ExecutionStatus ${which}`;
    const found: WorkflowExecutionInfo[] = [];
    for await (const execution of client.workflow.list({ query, pageSize: limit + 1 })) {
      found.push(execution);
      if (found.length > limit) break;
    }
    if (found.length === 0) return void console.error(all ? NONE_KEPT : NONE_RUNNING);
    const shown = found.slice(0, limit).sort((a, b) => openedAt(b).localeCompare(openedAt(a)));
    const activities = activity ? await activitiesOf(client, shown) : [];
    const head = activity ? [...HEAD, ...ACTIVITY_HEAD] : HEAD;
    const rows = shown.map((execution, i) => [...rowOf(execution), ...(activities[i] ?? [])]);
    for (const line of table([head, ...rows])) await print(line);
    if (found.length > limit) console.error(`There are more than ${limit} sessions; --limit shows more.`);
  });
}

const NONE_RUNNING =
  'No session is running; --all shows those that have ended, as long as Temporal keeps them.';
const NONE_KEPT = 'There is no session, and none that has ended is kept any more.';

/** Uses only Temporal's visibility data, since reading a log takes 8 ms or more. */
function rowOf(execution: WorkflowExecutionInfo): string[] {
  const { workflowId, searchAttributes, status } = execution;
  const { client, protocolVersion, principal } = memoOf(execution);
  const searched = (name: string) =>
    String((searchAttributes as Record<string, unknown[]>)[name]?.[0] ?? '-');
  return [
    sessionIdOf(workflowId),
    printable(client ?? searched(MCP_CLIENT.name)).slice(0, 40),
    printable(protocolVersion ?? '-').slice(0, 40),
    printable(principal ?? searched(MCP_PRINCIPAL.name)).slice(0, 40),
    stateOf(status.name),
    openedAt(execution),
  ];
}

const memoOf = ({ memo }: WorkflowExecutionInfo) => (memo?.mcp ?? {}) as Partial<SessionMemo>;

const openedAt = (execution: WorkflowExecutionInfo): string =>
  printable(memoOf(execution).openedAt ?? execution.startTime.toISOString());

/** For each session, the number of calls in flight and the time of the last activity. */
async function activitiesOf(client: Client, shown: WorkflowExecutionInfo[]): Promise<string[][]> {
  const rows: string[][] = [];
  for (let i = 0; i < shown.length; i += AT_ONCE)
    rows.push(...(await Promise.all(shown.slice(i, i + AT_ONCE).map((one) => activityOf(client, one)))));
  return rows;
}

async function activityOf(client: Client, { workflowId, runId }: WorkflowExecutionInfo): Promise<string[]> {
  const state = new LogState();
  try {
    const reading = { ref: logOfSession(sessionIdOf(workflowId)), run: runId, wait: false };
    for await (const event of readLog(client, reading)) state.apply(event);
  } catch {
    return ['-', '-']; // Temporal has deleted the session since the listing
  }
  return [String(state.inFlight.size), state.lastActivity.toISOString()];
}

export async function exportSession(options: ConnectionValues, id: string): Promise<void> {
  await withClient(options, async (client) => {
    const found = await findSession(client, id);
    const { run } = await startOf(client, found);
    for await (const event of readLog(client, { ref: logOfSession(found.id), run, wait: false }))
      for (const line of auditLinesOf(event)) await print(printableJson(line));
  });
}

/**
 * Waits for the end signal in the log: the session has ended from that event on, even before its workflow
 * closes.
 */
export async function endSession(options: ConnectionValues, id: string): Promise<void> {
  await withClient(options, async (client) => {
    const found = await findSession(client, id);
    try {
      const handle = client.workflow.getHandle(workflowIdOf(found.id));
      await handle.signal<[EndSignal]>(END_SIGNAL, { reason: 'ended by the operator' });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new Error(`The session ${found.id} has ended already.`, { cause: error });
    }
    const log = readLog(client, { ref: logOfSession(found.id), run: found.lastRun, wait: true });
    for await (const event of log) if (event.kind === 'ended') await print(`ended ${found.id}`);
  });
}
