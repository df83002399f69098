/**
 * Ends of steps on their way to their session. A run of a session takes 10,000 signals, and its calls can have a thousand steps each: while one
 * signal is under way, what other calls of the session have to record waits for it, and goes together with the next.
 * (`fullRun.test.ts`)
 */
import type { WorkflowHandle } from '@temporalio/client';
import { jsonBytes } from '../src/wire/bytes';
import { RECORDS_SIGNAL, RECORD_SIGNAL, type RecordSignal, type RecordsSignal } from '../src/wire/signals';
import { MAXIMUM_STORED_BYTES } from './storable';

interface Waiting {
  readonly record: RecordSignal;
  readonly bytes: number;
  readonly sent: (failure?: { readonly error: unknown }) => void;
}

/** By workflow id, while anything is under way. */
const sessions = new Map<string, Waiting[]>();

/** Durable when it resolves. @throws what keeps the signal from being sent */
export function recordTogether(session: WorkflowHandle, record: RecordSignal): Promise<void> {
  const bytes = jsonBytes(record) + 1;
  return new Promise((resolve, reject) => {
    const sent: Waiting['sent'] = (failure) => {
      if (failure) reject(failure.error as Error);
      else resolve();
    };
    const waiting = sessions.get(session.workflowId);
    if (waiting) return void waiting.push({ record, bytes, sent });
    sessions.set(session.workflowId, [{ record, bytes, sent }]);
    void sendAll(session);
  });
}

async function sendAll(session: WorkflowHandle): Promise<void> {
  const waiting = sessions.get(session.workflowId) ?? [];
  while (waiting.length > 0) {
    const batch = waiting.splice(0, fitting(waiting));
    const failure = await send(session, batch).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    batch.forEach(({ sent }) => {
      sent(failure);
    });
  }
  sessions.delete(session.workflowId);
}

/** How many go into one payload; one at least. */
function fitting(waiting: readonly Waiting[]): number {
  let bytes = 0;
  const first = waiting.findIndex((each) => (bytes += each.bytes) > MAXIMUM_STORED_BYTES);
  return first < 0 ? waiting.length : Math.max(first, 1);
}

function send(session: WorkflowHandle, batch: readonly Waiting[]): Promise<void> {
  const [only, ...others] = batch.map(({ record }) => record);
  if (only && others.length === 0) return session.signal<[RecordSignal]>(RECORD_SIGNAL, only);
  const records = batch.map(({ record }) => record);
  return session.signal<[RecordsSignal]>(RECORDS_SIGNAL, { records });
}
