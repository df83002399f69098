/**
 * The length of a session's run. Temporal stops a run at 51,200 events, 50 MB, 10,000 signals or 2,000
 * updates, and suggests a new one at 4,096 events or 4 MB.
 *
 * The run itself counts what it has received and scheduled. Temporal's numbers (`workflowInfo()`) must decide
 * nothing: in a replay, the SDK leaves out the tasks that only kept a long local activity alive, and then
 * gets another length at the same place. (`replaysDecideAlike.test.ts`)
 */
import { workflowInfo } from '@temporalio/workflow';
import { jsonBytes } from '../src/wire/bytes';

/** From here on a run ends as soon as no call prevents it. */
const LONG = { events: 4_096, bytes: 4 * 1024 * 1024 };
/**
 * From here on a run starts no further calls and hands over those in flight. Attempts learn of that with a
 * heartbeat, up to 8 s later if many run; what they write until then stays below Temporal's limits.
 */
const LIMIT = { events: 25_000, bytes: 16 * 1024 * 1024, signals: 4_000, updates: 600 };
/** From here on a run has no room for large messages and answers of its calls. */
const FULL_BYTES = 30 * 1024 * 1024;
/**
 * Growth between two attempts to continue as new. Together with the limits above, it stays below Temporal's
 * limits.
 */
const TRY_EVERY = { events: 1_500, bytes: 4 * 1024 * 1024 };

/** Updates that only the attempts of calls may use, when a run is near its end. */
const UPDATES_LEFT = 100;

/** A signal or update, and the three events of its workflow task, if it has one to itself. */
const EVENTS_OF_MESSAGE = 4;
/** An activity (scheduled, started, ended), and the three events of the workflow task for its end. */
const EVENTS_OF_ACTIVITY = 6;
/**
 * The usual answer of an inline call. Even if each has 32,000 bytes, a run ends well below Temporal's limit.
 */
const BYTES_OF_INLINE_CALL = 2_000;
/** An event without its payload, rounded up. */
const BYTES_OF_EVENT = 150;

export class RunLength {
  private signals = 0;
  private updates = 0;
  private counted = { events: 0, bytes: 0 };
  private tried = { events: -Infinity, bytes: -Infinity, atLimit: false };

  /** `countsItself` is false in runs from before 0.3, which must decide as they did. */
  constructor(private readonly countsItself: boolean) {}

  signal(payload?: unknown): void {
    this.signals++;
    this.count(EVENTS_OF_MESSAGE, jsonBytes(payload));
  }

  update(payload: unknown, answer?: unknown): void {
    this.updates++;
    this.count(EVENTS_OF_MESSAGE, jsonBytes(payload) + jsonBytes(answer));
  }

  /** An activity is scheduled, with this much input. */
  activity(bytes: number): void {
    this.count(EVENTS_OF_ACTIVITY, bytes);
  }

  /** An activity has ended, with this much output. */
  result(bytes: number): void {
    this.count(0, bytes);
  }

  inlineCall(): void {
    this.count(1, BYTES_OF_INLINE_CALL);
  }

  get isLong(): boolean {
    if (!this.countsItself) return workflowInfo().continueAsNewSuggested || this.isAtLimit;
    const { events, bytes } = this.counted;
    return events > LONG.events || bytes > LONG.bytes || this.isAtLimit;
  }

  get isAtLimit(): boolean {
    const { events, bytes } = this.size;
    return (
      events > LIMIT.events ||
      bytes > LIMIT.bytes ||
      this.signals > LIMIT.signals ||
      this.updates > LIMIT.updates
    );
  }

  /** Further requests come as signals, of which a run takes more. */
  get hasManyUpdates(): boolean {
    return this.updates >= LIMIT.updates - UPDATES_LEFT;
  }

  get isFull(): boolean {
    return this.size.bytes > FULL_BYTES;
  }

  get mayTry(): boolean {
    const { events, bytes } = this.size;
    return (
      events >= this.tried.events + TRY_EVERY.events ||
      bytes >= this.tried.bytes + TRY_EVERY.bytes ||
      (this.isAtLimit && !this.tried.atLimit)
    );
  }

  hasTried(): void {
    this.tried = { ...this.size, atLimit: this.isAtLimit };
  }

  private get size(): { events: number; bytes: number } {
    if (this.countsItself) return this.counted;
    const { historyLength: events, historySize: bytes } = workflowInfo();
    return { events, bytes };
  }

  private count(events: number, bytes: number): void {
    this.counted.events += events;
    this.counted.bytes += events * BYTES_OF_EVENT + bytes;
  }
}
