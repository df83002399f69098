/**
 * One group of a client's entries. The workflow begins with the first entry, and ends when the last is deleted
 * or has expired.
 *
 * A write that would fail is refused by its validator, so neither the write nor its value is in the history.
 */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  setHandler,
} from '@temporalio/workflow';
import { jsonBytes } from '../../src/wire/bytes';
import * as wire from '../../src/wire/clientStore';
import { onUpdate } from '../handlers';
import { Entries } from './entries';

/** Temporal accepts 2,000 updates a run. */
const MAXIMUM_UPDATES = 1_500;
/** Temporal suggests a new run at 4 MB of history. */
const MAXIMUM_BYTES = 4_000_000;
/** A run without a first write was started by hand, or its client has given up. */
const FIRST_WRITE_WITHIN = '1m';

export async function mcpClientStore(input: wire.ClientStoreInput): Promise<void> {
  const entries = new Entries(input.entries);
  let updates = 0;
  let bytes = 0;

  const count = (payload: unknown): void => {
    updates++;
    bytes += jsonBytes(payload);
  };

  function guardVersion(isAsExpected: boolean): void {
    if (isAsExpected) return;
    throw ApplicationFailure.nonRetryable('The entry has another version now.', wire.VERSION_DIFFERS);
  }

  onUpdate(
    wire.STORE_UPDATE,
    (entry) => {
      count(entry);
      return entries.store(entry, Date.now());
    },
    (entry) => {
      guardVersion(entries.accepts(entry, Date.now()));
      if (!entries.hasSpaceFor(entry))
        throw ApplicationFailure.nonRetryable('The group has no space.', wire.STORE_FULL);
    },
  );

  onUpdate(
    wire.DELETE_UPDATE,
    (entry) => {
      count(entry);
      return entries.delete(entry, Date.now());
    },
    (entry) => {
      guardVersion(entries.has(entry, Date.now()));
    },
  );

  setHandler(defineQuery<wire.StoredEntry | undefined, [string]>(wire.GET_QUERY), (name) =>
    entries.get(name),
  );
  setHandler(defineQuery<wire.StoredEntry[]>(wire.LIST_QUERY), () => entries.list());

  const isLong = () => updates >= MAXIMUM_UPDATES || bytes >= MAXIMUM_BYTES;

  if (entries.isEmpty) await condition(() => updates > 0, FIRST_WRITE_WITHIN);
  while (!entries.isEmpty && !isLong()) {
    const next = entries.nextExpiry;
    const changes = () => entries.isEmpty || isLong() || entries.nextExpiry < next;
    await condition(changes, Math.max(1, next - Date.now()));
    entries.expire(Date.now());
  }
  await condition(allHandlersFinished);
  if (!entries.isEmpty) await continueAsNew<typeof mcpClientStore>({ entries: entries.all });
}
