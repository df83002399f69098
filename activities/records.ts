/**
 * Sends the ends of steps to their session, batched. A run of a session takes 10,000 signals, and its calls can
 * have a thousand steps each: while one signal is in flight, the records of all calls of the session queue up
 * for the next. (`fullRun.test.ts`)
 */
import type { WorkflowHandle } from '@temporalio/client';
import { jsonBytes } from '../src/wire/bytes';
import { RECORDS_SIGNAL, RECORD_SIGNAL, type RecordSignal, type RecordsSignal } from '../src/wire/signals';
import { MAXIMUM_STORED_BYTES } from './storable';

interface Queued {
  readonly record: RecordSignal;
  readonly bytes: number;
  readonly settle: (failure?: { readonly error: unknown }) => void;
}

/** Queues by workflow id, while a signal is in flight. */
const queues = new Map<string, Queued[]>();

/** Resolves when the record is durable. @throws the reason why the signal cannot be sent */
export function recordTogether(session: WorkflowHandle, record: RecordSignal): Promise<void> {
  const bytes = jsonBytes(record) + 1;
  return new Promise((resolve, reject) => {
    const settle: Queued['settle'] = (failure) => {
      if (failure) reject(failure.error as Error);
      else resolve();
    };
    const queue = queues.get(session.workflowId);
    if (queue) return void queue.push({ record, bytes, settle });
    queues.set(session.workflowId, [{ record, bytes, settle }]);
    void sendAll(session);
  });
}

async function sendAll(session: WorkflowHandle): Promise<void> {
  const queue = queues.get(session.workflowId) ?? [];
  while (queue.length > 0) {
    const batch = queue.splice(0, fitting(queue));
    const failure = await send(session, batch).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    batch.forEach(({ settle }) => {
      settle(failure);
    });
  }
  queues.delete(session.workflowId);
}

/** How many records fit into one payload; at least one. */
function fitting(queue: readonly Queued[]): number {
  let bytes = 0;
  const first = queue.findIndex((each) => (bytes += each.bytes) > MAXIMUM_STORED_BYTES);
  return first < 0 ? queue.length : Math.max(first, 1);
}

function send(session: WorkflowHandle, batch: readonly Queued[]): Promise<void> {
  const [only, ...others] = batch.map(({ record }) => record);
  if (only && others.length === 0) return session.signal<[RecordSignal]>(RECORD_SIGNAL, only);
  const records = batch.map(({ record }) => record);
  return session.signal<[RecordsSignal]>(RECORDS_SIGNAL, { records });
}
