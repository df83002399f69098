/**
 * Recognizes the messages of a call that a later attempt sends again. An attempt marks each message with a
 * hash of its text and its step, and with how often it has sent that message. The same mark from an earlier
 * attempt means that the client already has the message. The decoder folds the marks in its run's log; an
 * attempt gets those of earlier executions, perhaps of earlier runs, as a snapshot, and does not send their
 * messages again.
 */
import type { JSONRPCMessage } from '../wire/messages';
import type { DeduplicatorSnapshot, MessageFingerprint } from '../wire/snapshots';

export class MessageDeduplicator {
  private readonly times: Map<string, number>;
  private progress: number;

  constructor(snapshot: DeduplicatorSnapshot = { times: {} }) {
    this.times = new Map(Object.entries(snapshot.times));
    this.progress = snapshot.progress ?? -Infinity;
  }

  /**
   * Whether the message is new; from then on it counts as sent. Progress must grow anyway (specification
   * 2025-11-25, progress), so progress that does not grow is a repetition even if its text differs.
   */
  isNew([hash, times]: MessageFingerprint, message?: JSONRPCMessage): boolean {
    if (times <= (this.times.get(hash) ?? 0)) return false;
    this.times.set(hash, times);
    if (!message || !('method' in message) || message.method !== 'notifications/progress') return true;
    const progress = numberOf(message.params?.progress);
    if (progress <= this.progress) return false;
    this.progress = progress;
    return true;
  }

  snapshot(): DeduplicatorSnapshot {
    const progress = Number.isFinite(this.progress) ? { progress: this.progress } : {};
    return { times: Object.fromEntries(this.times), ...progress };
  }
}

/** Authors can send any value. */
function numberOf(progress: unknown): number {
  try {
    return Number(progress);
  } catch {
    return NaN; // an object whose conversion to a number throws
  }
}
