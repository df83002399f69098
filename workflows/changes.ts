/**
 * Changes of how a session decides. A run goes on as it began, under later versions too: a replay must decide alike.
 *
 * A run that begins now has all of them, by one marker in its first task; it costs no event where a change first matters.
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
  | 'thrown while handed over'
  | 'wake-ups cross';

/** Each workflow has its own instance of this module. */
let isNew = false;

/** Called once, when a session's run begins. */
export function beginRun(): void {
  isNew = patched('local activities first');
}

export const has = (change: Change): boolean => isNew || patched(change);
