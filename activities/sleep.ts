/** `ctx.sleep`: a sleep ends by the workflow's clock, independently of the lives and clocks of workers. */
import type { StepOutcome } from '../src/wire/call';
import { wakeAtOf } from '../src/model/callJournal';
import { milliseconds } from '../src/shared/duration';
import type { StepOptions } from '../src/api/context';
import { StepMisuse, rebuilt } from '../src/api/errors';
import type { CallLog } from './callLog';
import type { DurablePromise } from './durablePromise';
import { type AttemptJournal } from './journal';
import { isError, type Step } from './step';
import type { Time } from './time';
import type { IsWaitedFor, Waits } from './waits';

export class Sleep {
  /**
   * `suspendAfterMs`: a longer sleep is left to the workflow. `undefined`: every sleep occupies its activity
   * and counts against the call's timeout.
   */
  constructor(
    private readonly log: CallLog,
    private readonly journal: AttemptJournal,
    private readonly waits: Waits,
    private readonly time: Time,
    private readonly suspendAfterMs: number | undefined,
  ) {}

  until(name: string, duration: number | string, options?: StepOptions): DurablePromise<void> {
    return this.waits.watched((isWaitedFor) => this.sleep(name, duration, isWaitedFor, options));
  }

  private async sleep(
    name: string,
    duration: number | string,
    isWaitedFor: IsWaitedFor,
    options?: StepOptions,
  ): Promise<void> {
    const { journal, waits, suspendAfterMs } = this;
    if (journal.isOver) return journal.refused();
    const step = journal.take(name, 'sleep', options);
    let outcome = await journal.begin(step);
    if (!outcome) {
      const leftMs = await this.leftOf(step, duration);
      const endsAt = this.time.now() + leftMs;
      const wait = {
        step,
        suspendAfterMs,
        stopsClock: suspendAfterMs !== undefined,

        endsAt,
        isWaitedFor,
      };
      outcome = await waits.during(wait, this.isOverAfter(step, leftMs));
      outcome ??= await journal.running(() => journal.settlements.settle(step, {}));
    }
    if (isError(outcome)) throw rebuilt(step.name, outcome.error);
  }

  /** Milliseconds that are left of the sleep. Records the begin of a new sleep. */
  private async leftOf(step: Step, duration: number | string): Promise<number> {
    const { journal, log } = this;
    const begun = journal.entryOf(step);
    if (begun) return journal.msUntil(wakeAtOf(begun.outcome));
    const sleepMs = millisecondsOf(step, duration);
    const { name, kind, within } = step;
    const outcome = { value: Date.now() + sleepMs };
    const begin = () => log.record({ step: name, kind, within, outcome, sleepMs });
    await journal.running(() => journal.settlements.write(begin));
    return sleepMs;
  }

  /** Resolves with `undefined` when the time is over, or with the outcome if something else ends the sleep. */
  private async isOverAfter(step: Step, ms: number): Promise<StepOutcome | undefined> {
    let stop: (() => void) | undefined;
    const over = new Promise<undefined>((resolve) => {
      stop = this.time.after(ms, () => {
        resolve(undefined);
      });
    });
    const { journal } = this;
    try {
      return await journal.untilEnd(Promise.race([over, journal.settlements.endOf(step)]));
    } finally {
      stop?.();
    }
  }
}

function millisecondsOf({ name }: Step, duration: number | string): number {
  const value = milliseconds(duration);
  if (value !== undefined) return value;
  throw new StepMisuse(
    `The sleep "${name}" has the duration ${duration}; give milliseconds or a text such as '1h'.`,
  );
}
