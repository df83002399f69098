/**
 * Hands the ends of steps to the handler, one at a time, each with room for what it sets going before the next comes. What earlier attempts
 * had recorded comes first, in the order in which it was recorded; what ends during this attempt follows. So every attempt sees the same
 * winner of each race. (docs/concepts/steps.md)
 */
import type { Journal, JournalEntry } from '../src/wire/call';
import type { Time } from './time';

/**
 * An end waits until those before it have been asked for: code between two steps may be slower than it was. A handler that does not come
 * to a step any more must not wait for ever; one that tries again after an error may well go another way.
 */
const PATIENCE_MS = { thisTry: 10_000, earlierTry: 1_000 };

export interface DeliveriesOf {
  /** How long to wait for a step of this try. Default: 10 s. */
  readonly patienceMs?: number;
  readonly time: Time;
  /** The last attempt that ended with an error: from there on the handler tries again. 0 if none did. */
  readonly lastThrown: number;
  /** After each delivery. */
  readonly onDelivered: () => void;
  /** The handler has not come to these recorded steps. */
  readonly onMissed: (steps: string[]) => void;
}

interface End {
  readonly step: string;
  /** For so long those behind it wait until the handler has come to the step. */
  patienceMs: number;
  /** Present once the handler has come to it. */
  deliver?: () => void;
}

export class Deliveries {
  /** Not yet delivered, in the order in which they stand in the journal. */
  private readonly ends: End[] = [];
  private readonly known = new Set<string>();
  private readonly patienceMs: number;
  private turning = false;
  private stopWaiting: (() => void) | undefined;

  constructor(private readonly of: DeliveriesOf) {
    this.patienceMs = of.patienceMs ?? PATIENCE_MS.thisTry;
  }

  /** Nothing that the handler has asked for is to be delivered. */
  get areIdle(): boolean {
    return this.ends.every(({ deliver }) => !deliver);
  }

  /** Whether the handler has been told of all that earlier attempts have recorded. */
  get haveCaughtUp(): boolean {
    return !this.ends.some(({ patienceMs }) => patienceMs > 0);
  }

  /** What the journal holds, as this attempt has opened it. */
  expect(journal: Journal): void {
    const ended = Object.entries(journal).filter(([, { order }]) => order !== undefined);
    ended.sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0));
    for (const [step, entry] of ended) {
      const isOfThisTry = (entry.attempt ?? 1) > this.of.lastThrown;
      const patienceMs = isOfThisTry ? this.patienceMs : PATIENCE_MS.earlierTry;
      this.expectNext(step, isInsideOfEnded(step, entry, journal) ? 0 : patienceMs);
    }
  }

  /** The step of an earlier attempt has ended; this attempt's handler has not come to it. */
  expectNext(step: string, patienceMs = this.patienceMs): void {
    if (this.known.has(step)) return;
    this.known.add(step);
    this.ends.push({ step, patienceMs });
  }

  /** Whether the end of the step is in the journal that this attempt has opened. */
  knows(step: string): boolean {
    return this.known.has(step);
  }

  /** Resolves when it is the turn of a step that {@link knows} has. */
  turnOf(step: string): Promise<void> {
    return new Promise((resolve) => {
      const end = this.ends.find((each) => each.step === step);
      if (end) end.deliver = resolve;
      this.turn();
    });
  }

  /** After all that came before. */
  add(step: string, deliver: () => void): void {
    this.ends.push({ step, patienceMs: 0, deliver });
    this.turn();
  }

  stop(): void {
    this.stopWaiting?.();
  }

  /** What the handler does of itself upon a delivery is done before the event loop comes to the next turn. */
  private turn(): void {
    if (this.turning) return;
    this.turning = true;
    setImmediate(() => {
      this.turning = false;
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
        this.goOnWithout(patienceMs);
      });
      return;
    }
    this.ends.splice(next, 1);
    deliver();
    this.of.onDelivered();
    this.turn();
  }

  private goOnWithout(waitedMs: number): void {
    const missed = this.ends.filter(({ patienceMs, deliver }) => patienceMs === waitedMs && !deliver);
    missed.forEach((end) => (end.patienceMs = 0));
    if (waitedMs === this.patienceMs) this.of.onMissed(missed.map(({ step }) => step));
    this.turn();
  }
}

/** An attempt that skips a step does not come to what was done inside of it. */
function isInsideOfEnded(step: string, { within }: JournalEntry, journal: Journal): boolean {
  const hasEnded = (outer: string) => journal[outer]?.order !== undefined;
  if (within !== undefined && Object.hasOwn(journal, within))
    return hasEnded(within) || isInsideOfEnded(within, journal[within] ?? { kind: 'atLeastOnce' }, journal);
  // Before 0.3 only the names told.
  return Object.keys(journal).some((outer) => step.startsWith(`${outer}: `) && hasEnded(outer));
}
