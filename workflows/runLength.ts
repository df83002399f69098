/**
 * How long a session's run has become. Temporal suggests a new one at 4,096 events or 4 MB, and stops a run at 51,200 events, 50 MB,
 * 10,000 signals or 2,000 updates.
 */
import { workflowInfo } from '@temporalio/workflow';

/** Past these a run starts no further calls: with what those in flight still write, it stays below Temporal's limits. */
const LIMIT = { events: 25_000, bytes: 16 * 1024 * 1024, signals: 8_000, updates: 900 };
/** Between two tries to hand on to the next run. Together with the limits above this stays below Temporal's. */
const TRY_EVERY = { events: 1_500, bytes: 4 * 1024 * 1024 };

export class RunLength {
  signals = 0;
  updates = 0;
  private tried = { events: -Infinity, bytes: -Infinity, atLimit: false };

  get isLong(): boolean {
    return workflowInfo().continueAsNewSuggested || this.isAtLimit;
  }

  get isAtLimit(): boolean {
    const { historyLength, historySize } = workflowInfo();
    return (
      historyLength > LIMIT.events ||
      historySize > LIMIT.bytes ||
      this.signals > LIMIT.signals ||
      this.updates > LIMIT.updates
    );
  }

  get mayTry(): boolean {
    const { historyLength, historySize } = workflowInfo();
    return (
      historyLength >= this.tried.events + TRY_EVERY.events ||
      historySize >= this.tried.bytes + TRY_EVERY.bytes ||
      (this.isAtLimit && !this.tried.atLimit)
    );
  }

  hasTried(): void {
    const { historyLength: events, historySize: bytes } = workflowInfo();
    this.tried = { events, bytes, atLimit: this.isAtLimit };
  }
}
