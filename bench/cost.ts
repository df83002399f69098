/**
 * The bytes that calls write and the actions that Temporal bills for them, counted in one session's history.
 */
import { waitUntilIdle, type HistoryEvent } from 'durable-mcp/testing';
import { workflowIdOf } from '../src/wire/session';
import { connect } from '../src/temporal/connect';
import { MESSAGES } from './scenarios/progress';
import { McpSession } from './subjects/mcpSession';
import type { ProductName } from './subjects/names';
import type { Subject } from './subjects/subject';

/** The average of one call. */
export interface Cost {
  readonly title: string;
  readonly calls: number;
  readonly events: number;
  readonly bytes: number;
  readonly signals: number;
  readonly actions: number;
}

interface Kind {
  readonly title: string;
  readonly of: ProductName;
  call(session: McpSession): Promise<void>;
}

export const A_CALL = 'a call';
export const A_TELLING_CALL = `a call with ${MESSAGES} progress messages`;
export const A_CALL_ONCE = 'an at-most-once call';

const KINDS: Kind[] = [
  { title: A_CALL, of: 'product', call: (session) => session.call() },
  { title: A_TELLING_CALL, of: 'product', call: (session) => session.tell(MESSAGES) },
  { title: A_CALL_ONCE, of: 'product-once', call: (session) => session.call() },
];
const CALLS = 20;

export async function measureCosts(subjects: Subject[], temporalAddress: string): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const kind of KINDS) {
    const endpoint = subjects.find(({ name }) => name === kind.of)?.endpoint;
    if (endpoint) costs.push(await measureCost(kind, endpoint.url, temporalAddress));
  }
  return costs;
}

async function measureCost({ title, call }: Kind, url: string, address: string): Promise<Cost> {
  const client = await connect({ address, namespace: 'default' });
  const session = await McpSession.open(url);
  const handle = client.workflow.getHandle(workflowIdOf(session.id));

  try {
    await call(session); // excludes the session's own first events
    const before = await waitUntilIdle(handle);
    // Calls run one by one: a call that follows another closely may share a workflow task with it, and cost
    // less.
    for (let i = 0; i < CALLS; i++) {
      await call(session);
      await waitUntilIdle(handle);
    }
    const after = await waitUntilIdle(handle);
    const written = after.events.slice(before.events.length);
    return {
      title,
      calls: CALLS,
      events: written.length / CALLS,
      bytes: (after.bytes - before.bytes) / CALLS,
      signals: written.filter(isSignal).length / CALLS,
      actions: written.filter(isAction).length / CALLS,
    };
  } finally {
    await session.close();
    await client.connection.close();
  }
}

const isSignal = (event: HistoryEvent): boolean => event.workflowExecutionSignaledEventAttributes != null;

/**
 * Whether the event is a billed action (docs.temporal.io, "Actions"): signals, activity starts, timers,
 * updates, and all local activities of a workflow task together: calls are made one by one.
 */
const isAction = (event: HistoryEvent): boolean =>
  isSignal(event) ||
  event.activityTaskStartedEventAttributes != null ||
  event.timerStartedEventAttributes != null ||
  event.workflowExecutionUpdateAcceptedEventAttributes != null ||
  event.markerRecordedEventAttributes?.markerName === 'core_local_activity';
