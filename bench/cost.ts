/** What calls write and what Temporal bills for them, counted in the history of one session. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { temporal } from '@temporalio/proto';
import { workflowIdOf } from '../src/protocol/session';
import { connect } from '../src/temporal/connect';
import type { Product } from './product';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface Cost {
  readonly calls: number;
  readonly eventsPerCall: number;
  readonly actionsPerCall: number;
}

const CALLS = 20;
const SETTLE_POLL_MS = 50;

export async function measureCost(product: Product, address: string): Promise<Cost> {
  const client = await connect({ address, namespace: 'default' });
  const session = await product.open();
  const handle = client.workflow.getHandle(workflowIdOf(session.id));

  /** The answer is out before its workflow task has ended, so wait for that. */
  async function settledHistory(): Promise<HistoryEvent[]> {
    for (;;) {
      const events = (await handle.fetchHistory()).events ?? [];
      if (events.at(-1)?.workflowTaskCompletedEventAttributes) return events;
      await sleep(SETTLE_POLL_MS);
    }
  }

  try {
    await session.call(); // the session's own first events are not a call's
    const before = (await settledHistory()).length;
    // One call by itself each time: on the heels of another it may share a workflow task with that one, and cost less.
    for (let i = 0; i < CALLS; i++) {
      await session.call();
      await settledHistory();
    }
    const written = (await settledHistory()).slice(before);
    return {
      calls: CALLS,
      eventsPerCall: written.length / CALLS,
      actionsPerCall: written.filter(isAction).length / CALLS,
    };
  } finally {
    await session.close();
    await client.connection.close();
  }
}

/** Signals and activities started; and timers and updates, which a trivial call must not need (docs.temporal.io, "Actions"). */
const isAction = (event: HistoryEvent): boolean =>
  event.workflowExecutionSignaledEventAttributes != null ||
  event.activityTaskStartedEventAttributes != null ||
  event.timerStartedEventAttributes != null ||
  event.workflowExecutionUpdateAcceptedEventAttributes != null;
