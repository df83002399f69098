/**
 * Changes of how a session decides. A run goes on as it began, under later versions too: a replay must decide alike.
 *
 * A run that begins now has all of them, by one marker in its first task. A marker that is recorded only where its
 * change first matters would not do: after a query, a replay can come to that place a task earlier than the run did,
 * and does not find the marker yet (replayOrder.ts).
 */
import { patched } from '@temporalio/workflow';

/** These names are in recorded histories. */
type Change =
  | '0.3'
  | 'calls are held'
  | 'calls wait for room'
  | 'cancelled calls undo'
  | 'early cancellations'
  | 'late wake-ups'
  | 'short calls wake'
  | 'signals have room'
  | 'suspended calls are held'
  | 'wake-ups cross';

/** Each workflow has its own instance of this module. */
let isNew = false;

/** Called once, when a session's run begins. */
export function beginRun(): void {
  isNew = patched('local activities first');
}

/** Whether the run began with all the changes of this version. */
export const hasAll = (): boolean => isNew;

export const has = (change: Change): boolean => isNew || patched(change);
