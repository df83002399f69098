/**
 * How fast the calls of one session write to its history from this worker. Temporal terminates a session whose run has 50 MB, and a hundred calls
 * that talk at once would bring it there before the session can tell them to stop. (`talkativeCalls.test.ts`)
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** At once, for a session that has been quiet. */
const BURST_BYTES = 8_000_000;
const BYTES_PER_SECOND = 2_000_000;

interface Pace {
  /** May be negative: those who have come before have it. */
  left: number;
  /** Of a clock that nobody sets. */
  at: number;
}

const sessions = new Map<string, Pace>();

/** Resolves when so many bytes may be written: whether that was not at once. */
export async function paced(sessionId: string, bytes: number): Promise<boolean> {
  const now = performance.now();
  const pace = sessions.get(sessionId) ?? { left: BURST_BYTES, at: now };
  pace.left = Math.min(pace.left + ((now - pace.at) / 1_000) * BYTES_PER_SECOND, BURST_BYTES) - bytes;
  pace.at = now;
  sessions.set(sessionId, pace);
  forgetQuiet(now);
  if (pace.left >= 0) return false;
  await sleep((-pace.left / BYTES_PER_SECOND) * 1_000);
  return true;
}

/** The oldest is first: one that is used comes to the end. */
function forgetQuiet(now: number): void {
  for (const [sessionId, { left, at }] of sessions) {
    if (left + ((now - at) / 1_000) * BYTES_PER_SECOND < BURST_BYTES) return;
    sessions.delete(sessionId);
  }
}
