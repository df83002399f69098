/**
 * Delivers the ends of steps to the handler one at a time. Everything that the handler starts upon one end
 * happens before the next is delivered. Ends that earlier attempts recorded come first, in the recorded order;
 * ends of this attempt follow. So each race has the same winner at every attempt. (docs/concepts/steps.md)
 */
import type { Journal, JournalEntry } from '../src/wire/call';
import type { Time } from './time';

/**
 * How long a recorded end blocks the ends behind it while the handler has not reached its step: code between
 * two steps may be slower than before. The wait is limited, since the handler may never reach the step; the
 * limit is shorter for ends from before an error, since a retry may well take another way.
 */
const PATIENCE_MS = { thisTry: 10_000, earlierTry: 1_000 };

export interface DeliveriesOf {
  /** How long to wait for a step recorded since the last error. Default: 10 s. */
  readonly patienceMs?: number;
  readonly time: Time;
  /**
   * The number of the last attempt that ended with an error; 0 if none did. Attempts after it belong to one try
   * of the handler.
   */
  readonly lastThrown: number;
  /** Called after each delivery. */
  readonly onDelivered: () => void;
  /** Called with recorded steps that the handler has not reached in time. */
  readonly onMissed: (steps: string[]) => void;
}

interface End {
  readonly step: string;
  /** How long the ends behind this one wait for the handler to reach the step. */
  patienceMs: number;
  /** Present once the handler has reached the step. */
  deliver?: () => void;
}

export class Deliveries {
  /** The undelivered ends, in the journal's order. */
  private readonly ends: End[] = [];
  private readonly known = new Set<string>();
  private readonly patienceMs: number;
  private isScheduled = false;
  private stopWaiting: (() => void) | undefined;

  constructor(private readonly of: DeliveriesOf) {
    this.patienceMs = of.patienceMs ?? PATIENCE_MS.thisTry;
  }

  /** No end that the handler awaits is undelivered. */
  get areIdle(): boolean {
    return this.ends.every(({ deliver }) => !deliver);
  }

  /** Whether all ends recorded by earlier attempts have been delivered or given up. */
  get haveCaughtUp(): boolean {
    return !this.ends.some(({ patienceMs }) => patienceMs > 0);
  }

  /** Queues the ends of the journal that this attempt has opened. */
  expect(journal: Journal): void {
    const ended = Object.entries(journal).filter(([, { order }]) => order !== undefined);
    ended.sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0));
    for (const [step, entry] of ended) {
      const isOfThisTry = (entry.attempt ?? 1) > this.of.lastThrown;
      const patienceMs = isOfThisTry ? this.patienceMs : PATIENCE_MS.earlierTry;
      this.expectNext(step, isInsideOfEnded(step, entry, journal) ? 0 : patienceMs);
    }
  }

  /** Queues the end of a step of an earlier attempt that this attempt's handler has not reached. */
  expectNext(step: string, patienceMs = this.patienceMs): void {
    if (this.known.has(step)) return;
    this.known.add(step);
    this.ends.push({ step, patienceMs });
  }

  /** Whether the end of the step is recorded in the journal that this attempt has opened. */
  knows(step: string): boolean {
    return this.known.has(step);
  }

  /** Resolves when the end of the step is delivered. Only for steps that {@link knows} has. */
  turnOf(step: string): Promise<void> {
    return new Promise((resolve) => {
      const end = this.ends.find((each) => each.step === step);
      if (end) end.deliver = resolve;
      this.schedule();
    });
  }

  /** Delivers an end of this attempt, after all ends already queued. */
  add(step: string, deliver: () => void): void {
    this.ends.push({ step, patienceMs: 0, deliver });
    this.schedule();
  }

  stop(): void {
    this.stopWaiting?.();
  }

  /** setImmediate: the microtasks that follow a delivery run before the next one. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.deliverNext();
    });
  }

  private deliverNext(): void {
    this.stopWaiting?.();
    if (this.areIdle) return;
    const next = this.ends.findIndex(({ patienceMs, deliver }) => patienceMs > 0 || deliver);
    const { deliver, patienceMs = 0 } = this.ends[next] ?? {};
    if (!deliver) {
      this.stopWaiting = this.of.time.after(patienceMs, () => {
        this.skipMissed(patienceMs);
      });
      return;
    }
    this.ends.splice(next, 1);
    deliver();
    this.of.onDelivered();
    this.schedule();
  }

  private skipMissed(waitedMs: number): void {
    const missed = this.ends.filter(({ patienceMs, deliver }) => patienceMs === waitedMs && !deliver);
    missed.forEach((end) => (end.patienceMs = 0));
    if (waitedMs === this.patienceMs) this.of.onMissed(missed.map(({ step }) => step));
    this.schedule();
  }
}

/** Whether a step that encloses this one has ended: the attempt skips both. */
function isInsideOfEnded(step: string, { within }: JournalEntry, journal: Journal): boolean {
  const hasEnded = (outer: string) => journal[outer]?.order !== undefined;
  if (within !== undefined && Object.hasOwn(journal, within))
    return hasEnded(within) || isInsideOfEnded(within, journal[within] ?? { kind: 'atLeastOnce' }, journal);
  // Before 0.3, entries had no `within`: only the names show the nesting.
  return Object.keys(journal).some((outer) => step.startsWith(`${outer}: `) && hasEnded(outer));
}
