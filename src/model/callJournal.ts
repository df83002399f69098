/**
 * The journal of one call's steps, in the call's workflow: which attempt may write, which write counts, and
 * in which order steps ended. A pure fold over the messages of the attempts and of the client, so that an
 * attempt in memory (`callTool`) uses the same code. Part of the workflow bundle.
 *
 * Every end gets a number. Later attempts see the ends in that order, so a race has the same winner in each
 * attempt. (docs/concepts/steps.md)
 */
import { jsonBytes } from '../wire/bytes';
import {
  MAXIMUM_ANSWERS_BYTES,
  type Journal,
  type JournalEntry,
  type StepKind,
  type CallTotals,
  type StepOutcome,
  type SuspendedCall,
} from '../wire/call';
import { RpcCode, errorResponse } from '../wire/rpcErrors';
import type { JSONRPCResponse, RequestId } from '../wire/messages';
import type { Claim, ClaimResult, EmitSignal, OpenAttempt, RecordSignal } from '../wire/signals';

/** An entry without its number, which `end` assigns. */
type Unnumbered = Omit<JournalEntry, 'order'>;

export class CallJournal {
  private readonly entries = new Map<string, JournalEntry>();
  private readonly asks = new Map<RequestId, string>();
  /** The attempts that claimed steps whose ends are unknown. */
  private readonly claims = new Map<string, number>();
  private answerBytes = 0;
  private ends = 0;
  private totals: CallTotals = { saidBytes: 0, crashes: 0, crashesBefore: 0 };
  /** The newest attempt that has begun; writes of earlier ones are refused. */
  attempt = 1;

  /** Sleeps of attempts from before 0.3, which did not record their ends. */
  private readonly unmarkedSleeps = new Set<string>();

  /**
   * `carried` is a call that crosses into the next run. `now` is, here and below, in epoch milliseconds by
   * the workflow's clock.
   */
  constructor(carried?: Pick<SuspendedCall, 'journal' | 'asks' | 'totals'>, now = 0) {
    if (!carried) return;
    const ordered = Object.entries(carried.journal).sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0));
    for (const [step, { order, ...entry }] of ordered) {
      // Before 0.3, ends had no numbers: they are numbered in the order in which they were written.
      const isSleep = entry.kind === 'sleep';
      const hadEnded = isSleep ? wakeAtOf(entry.outcome) <= now : entry.outcome !== undefined;
      if (order !== undefined || hadEnded) this.end(step, entry);
      else this.entries.set(step, entry);
    }
    carried.asks.forEach(([id, step]) => this.asks.set(id, step));
    this.totals = carried.totals ?? this.totals;
  }

  isCurrent(attempt: number): boolean {
    return attempt === this.attempt;
  }

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  hasEnded(step: string): boolean {
    return this.entries.get(step)?.order !== undefined;
  }

  snapshot(): Pick<SuspendedCall, 'journal' | 'asks' | 'totals'> {
    const { totals } = this;
    return { journal: Object.fromEntries(this.entries) as Journal, asks: [...this.asks], totals };
  }

  get saidBytes(): number {
    return this.totals.saidBytes;
  }

  /**
   * Number of attempts in a row that ended by a crash of their worker. A step's end resets it, since the call
   * makes progress.
   */
  get crashes(): number {
    return this.totals.crashes - this.totals.crashesBefore;
  }

  /** Number of attempts that did not end by a crash of their worker. */
  get endedWell(): number {
    return this.attempt - this.totals.crashes;
  }

  /**
   * Fences earlier attempts; `false` if a later one has begun. Also ends the waits that have come due in the
   * meantime.
   */
  open({ attempt, endedWell = attempt - 1 }: Omit<OpenAttempt, 'call'>, now: number): boolean {
    if (attempt < this.attempt) return false;
    this.attempt = attempt;
    this.totals = { ...this.totals, crashes: Math.max(attempt - 1 - endedWell, this.totals.crashes) };
    for (const [step, by] of [...this.claims]) {
      if (by === attempt) continue;
      this.claims.delete(step);
      const message = 'The step began, and its end was never recorded.';
      const error = { name: 'AtMostOnceFailedBeforeCompleting', message, because: 'unknown' } as const;
      this.end(step, { ...this.entryOf(step, 'atMostOnce'), outcome: { error } });
    }
    this.endDue(now);
    return true;
  }

  /**
   * The first writer wins. A zombie (an attempt that continues after its successor has begun) never gets a
   * claim.
   */
  claim({ attempt, step, within }: Claim): ClaimResult {
    if (!this.isCurrent(attempt)) return { granted: false };
    const entry = this.entries.get(step);
    if (entry) return { granted: false, entry };
    this.entries.set(step, { kind: 'atMostOnce', within });
    this.claims.set(step, attempt);
    return { granted: true };
  }

  record(signal: RecordSignal, now: number): void {
    const { attempt, step, kind, outcome, within, sleepMs, forget } = signal;
    const entry = this.entries.get(step);
    if (!this.isCurrent(attempt) || (entry && entry.kind !== kind)) return;
    if (!forget) this.totals = { ...this.totals, crashesBefore: this.totals.crashes };
    this.endUnmarkedSleeps(now);
    if (forget) this.entries.delete(step);
    else if (entry?.order !== undefined) return;
    else if (kind !== 'sleep') this.end(step, { ...this.entryOf(step, kind, within), outcome });
    else if (!entry) {
      const begun = sleepMs === undefined ? outcome : { value: now + sleepMs };
      this.entries.set(step, { kind, within, outcome: begun });
      if (sleepMs === undefined) this.unmarkedSleeps.add(step);
    } else this.end(step, 'error' in outcome ? { ...entry, outcome } : entry);
    this.claims.delete(step);
  }

  /** Records a write of the session's state; returns whether it is the first write of this name. */
  writes(step: string, within?: string, value?: unknown): boolean {
    if (this.entries.has(step)) return false;
    this.end(step, { kind: 'state', within, outcome: value === undefined ? {} : { value } });
    return true;
  }

  /**
   * Counts a call's messages. Beyond that, only requests to the client and their cancellations matter here.
   */
  noteMessages({ attempt, emits }: EmitSignal, now: number): void {
    this.totals = { ...this.totals, saidBytes: this.totals.saidBytes + jsonBytes(emits) };
    if (attempt < this.attempt) return;
    for (const emit of emits) {
      if (emit.to === 'connection' || emit.step === undefined || !('method' in emit.message)) continue;
      const { message, step, within, timeoutMs } = emit;
      if (!('id' in message)) this.giveUp(step, textOf(message.params?.reason));
      else if (!this.entries.has(step)) {
        this.asks.set(message.id, step);
        const until = timeoutMs === undefined ? undefined : now + timeoutMs;
        this.entries.set(step, { kind: 'ask', within, until });
      }
    }
  }

  /**
   * Takes a response of the client; returns whether it was for this call. Only the first answer to a request
   * counts.
   */
  takeAnswer(response: JSONRPCResponse): boolean {
    const step = response.id === undefined ? undefined : this.asks.get(response.id);
    if (step === undefined) return false;
    if (this.hasEnded(step)) return true;
    const tooMuch = errorResponse(
      step,
      RpcCode.internalError,
      `The answers to this call have more than ${MAXIMUM_ANSWERS_BYTES} bytes.`,
    );
    const bytes = this.answerBytes + jsonBytes(response);
    const fits = bytes <= MAXIMUM_ANSWERS_BYTES;
    if (fits) this.answerBytes = bytes;
    this.end(step, { ...this.entryOf(step, 'ask'), outcome: { value: fits ? response : tooMuch } });
    return true;
  }

  /** The epoch milliseconds at which the first of `steps` ends by itself; infinite if none does. */
  dueAt(steps: readonly string[]): number {
    return Math.min(...steps.map((step) => dueAt(this.entries.get(step))));
  }

  /** Ends sleeps and requests to the client whose time is up, in the order of those times. */
  endDue(now: number): void {
    const due = [...this.entries].filter(([, entry]) => dueAt(entry) <= now);
    due.sort(([, a], [, b]) => dueAt(a) - dueAt(b));
    for (const [step, entry] of due) {
      if (entry.kind === 'sleep') this.end(step, entry);
      else this.giveUp(step, TIMED_OUT);
    }
  }

  /** Ends every wait of a call that is cancelled while it only waits. */
  cancelWaits(reason: string): void {
    const error = { name: 'CallCancelled', message: reason, because: 'cancelled' } as const;
    for (const [step, entry] of [...this.entries]) {
      const waits = entry.kind === 'ask' || entry.kind === 'sleep';
      if (waits && entry.order === undefined) this.end(step, { ...entry, outcome: { error } });
    }
  }

  private endUnmarkedSleeps(now: number): void {
    for (const step of this.unmarkedSleeps) {
      const entry = this.entries.get(step);
      if (!entry || dueAt(entry) > now) continue;
      this.end(step, entry);
      this.unmarkedSleeps.delete(step);
    }
  }

  private giveUp(step: string, reason: string): void {
    if (this.hasEnded(step)) return;
    const value = errorResponse(step, RpcCode.requestTimeout, reason);
    this.end(step, { ...this.entryOf(step, 'ask'), outcome: { value } });
  }

  private entryOf(step: string, kind: StepKind, within?: string): Unnumbered {
    const { order: _order, attempt: _attempt, ...entry } = this.entries.get(step) ?? { kind, within };
    return entry;
  }

  private end(step: string, entry: Unnumbered): void {
    this.entries.set(step, { ...entry, order: ++this.ends, attempt: entry.attempt ?? this.attempt });
  }
}

/** For a request to the client that has a timeout. */
export const TIMED_OUT = 'The client did not answer in time.';

const dueAt = (entry: JournalEntry | undefined): number => {
  if (!entry || entry.order !== undefined) return Infinity;
  if (entry.kind === 'ask') return entry.until ?? Infinity;
  return entry.kind === 'sleep' ? wakeAtOf(entry.outcome) : Infinity;
};

const textOf = (reason: unknown): string =>
  typeof reason === 'object' ? JSON.stringify(reason) : String(reason);

/** The end of a sleep that has begun, in epoch milliseconds by the workflow's clock. */
export const wakeAtOf = (outcome: StepOutcome | undefined): number =>
  outcome && 'value' in outcome ? Number(outcome.value) : Infinity;
