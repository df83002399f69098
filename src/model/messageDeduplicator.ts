/**
 * What a call has said, so that an attempt that says it again is not heard twice. An attempt marks each message with a hash of its
 * text and of the step in which it is said, and with how often it has said it. The same mark from an earlier attempt means that
 * the client has it. The decoder folds the marks that are in its run's log; what was said in earlier legs, perhaps in earlier
 * runs, comes to the attempt as a snapshot, and is not sent again.
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
   * Whether it is new; it counts as said from then on. Progress must grow anyway (specification 2025-11-25, progress), so what
   * does not is a repetition even where its text differs.
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

/** Authors send what they like. */
function numberOf(progress: unknown): number {
  try {
    return Number(progress);
  } catch {
    return NaN; // an object that is no number, and says so by throwing
  }
}
