/**
 * One map shared by sessions. A write is an update: it is durable and has its result before the caller
 * continues. Parallel writes happen one after the other.
 */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineQuery,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { jsonBytes } from '../src/wire/bytes';
import * as wire from '../src/wire/map';
import { isSame } from '../src/model/sessionState';
import { onUpdate } from './handlers';

/** Temporal accepts 2,000 updates a run. */
const MAXIMUM_UPDATES = 1_500;
/** Number of writes remembered, so that a retried call does not overwrite what others have changed since. */
const REMEMBERED = 1_000;

const sizeOf = (entry: wire.MapEntry): number => jsonBytes(entry) + 1;

export async function durableMap(input: wire.MapInput): Promise<void> {
  const entries = new Map(input.entries);
  const writes = new Map(input.writes);
  let bytes = input.entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  let updates = 0;

  /** Writes once for the id of the current update: a second update with that id gets the first result. */
  function once(write: () => boolean): boolean {
    updates++;
    const id = currentUpdateInfo()?.id ?? '';
    const before = writes.get(id);
    if (before !== undefined) return before;
    const answer = write();
    writes.set(id, answer);
    const [oldest] = writes.keys();
    if (writes.size > REMEMBERED && oldest !== undefined) writes.delete(oldest);
    return answer;
  }

  const sizeAt = (key: string): number => (entries.has(key) ? sizeOf([key, entries.get(key)]) : 0);

  const isDone = (): boolean => writes.has(currentUpdateInfo()?.id ?? '');

  function guardValue({ key, expected }: wire.Remove): void {
    if (isDone() || !expected || isSame(entries.get(key), expected.is)) return;
    throw ApplicationFailure.nonRetryable(`The key ${key} has another value now.`, wire.CHANGED);
  }

  function guardSpace({ key, value, expected }: wire.Insert): void {
    if (isDone()) return;
    guardValue({ key, expected });
    const full =
      (!entries.has(key) && entries.size >= wire.MAP_LIMIT.entries) ||
      bytes - sizeAt(key) + sizeOf([key, value]) > wire.MAP_LIMIT.bytes;
    if (!full) return;
    throw ApplicationFailure.nonRetryable(
      `The map is full (${wire.MAP_LIMIT.entries} entries and ${wire.MAP_LIMIT.bytes} bytes in all are the limit); remove entries, or use several maps.`,
      wire.REFUSED,
    );
  }

  onUpdate(
    wire.INSERT_UPDATE,
    ({ key, value }) =>
      once(() => {
        bytes += sizeOf([key, value]) - sizeAt(key);
        entries.set(key, value);
        return true;
      }),
    guardSpace,
  );

  onUpdate(
    wire.REMOVE_UPDATE,
    ({ key }) =>
      once(() => {
        bytes -= sizeAt(key);
        return entries.delete(key);
      }),
    guardValue,
  );

  setHandler(defineQuery<unknown, [string]>(wire.GET_QUERY), (key) => entries.get(key));

  setHandler(
    defineQuery<wire.MapEntry[], [wire.RangeOptions]>(wire.RANGE_QUERY),
    ({ from = '', to, limit = wire.MAP_LIMIT.range, reverse }) => {
      const keys = [...entries.keys()].filter((key) => key >= from && (to === undefined || key < to)).sort();
      if (reverse) keys.reverse();
      return keys.slice(0, limit).map((key) => [key, entries.get(key)]);
    },
  );

  const isLong = () => workflowInfo().continueAsNewSuggested || updates >= MAXIMUM_UPDATES;
  await condition(() => isLong() && allHandlersFinished());
  await continueAsNew<typeof durableMap>({ entries: [...entries], writes: [...writes] });
}
