/** Finds a session in Temporal, for the commands that read or end one. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { readStart, type Started } from '../log/readLog';
import type { LogState } from '../log/state';
import { SESSION_WORKFLOW, sessionIdOf, workflowIdOf } from '../wire/session';
import { logOfSession } from '../wire/logRef';
import { connectedOf } from '../runtime/connection';
import { silenceGrpc } from '../temporal/grpcLog';
import { connectBy, type ConnectionValues } from './connection';

const ID_CHARS = 36;

/** A session as Temporal describes it now. */
export interface Found {
  readonly id: string;
  /** The first run of the session's log, and the run that is written now. */
  readonly firstRun: string;
  readonly lastRun: string;
  readonly execution: WorkflowExecutionDescription;
}

export async function withClient(
  options: ConnectionValues,
  use: (client: Client) => Promise<void>,
): Promise<void> {
  silenceGrpc();
  const connection = await connectBy(options);
  try {
    await use(connectedOf(connection).client);
  } finally {
    await connection.close();
  }
}

/**
 * Finds a session by its id or the beginning of its id.
 * @throws Error in one sentence if none or several match
 */
export async function findSession(client: Client, text: string): Promise<Found> {
  const id = text.length < ID_CHARS ? await completed(client, text) : text;
  const found = await describe(client, id);
  if (!found) throw new Error(unknown(id));
  return found;
}

/** `undefined` if the session does not exist. */
export async function describe(client: Client, id: string): Promise<Found | undefined> {
  try {
    const execution = await client.workflow.getHandle(workflowIdOf(id)).describe();
    const { runId: lastRun } = execution;
    const firstRun = execution.raw.workflowExecutionInfo?.firstRunId || lastRun;
    return { id, firstRun, lastRun, execution };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function completed(client: Client, beginning: string): Promise<string> {
  if (!/^[0-9a-f-]+$/.test(beginning)) throw new Error(unknown(beginning));
  const query = `WorkflowType = '${SESSION_WORKFLOW}' AND WorkflowId STARTS_WITH '${workflowIdOf(beginning)}'`;
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query })) {
    ids.add(sessionIdOf(workflowId));
    if (ids.size > 1) throw new Error(`More than one session begins with ${beginning}; give more of the id.`);
  }
  const [id] = ids;
  if (id === undefined) throw new Error(unknown(beginning));
  return id;
}

const unknown = (id: string): string =>
  `There is no session ${id}; \`durable-mcp sessions list --all\` shows those that Temporal still keeps.`;

/** Reads how the session began, and prints a notice if Temporal keeps only a part of the session. */
export async function startOf(client: Client, found: Found): Promise<Started> {
  const start = await readStart(client, logOfSession(found.id), found);
  if (start.input.carried)
    console.error(`Temporal keeps the session ${found.id} only from ${start.time.toISOString()} on.`);
  return start;
}

/**
 * `running`, `ended`, or Temporal's status of a session that did not end by itself. A session that has ended
 * while its calls still clean up is `ended` here and still running for Temporal.
 */
export function statusOf({ execution }: Found, { ended }: LogState): string {
  const { name } = execution.status;
  return name === 'RUNNING' && ended ? 'ended' : stateOf(name);
}

/** Temporal calls the workflow of an ended session completed. */
export const stateOf = (status: string): string =>
  status === 'COMPLETED' ? 'ended' : status.toLowerCase().replace('_', ' ');
