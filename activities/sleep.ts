/** `ctx.sleep`: its end is recorded when it begins, so that it ends at the same time whatever happens to workers meanwhile. */
import { LONGEST_TIMER_MS, milliseconds } from '../src/protocol/duration';
import type { StepOptions } from '../src/server/context';
import { StepMisuse } from '../src/server/errors';
import type { AttemptJournal } from './journal';
import type { Waits } from './waits';

export class Sleep {
  /** `suspendAfterMs`: a longer sleep is left to the workflow; `undefined` keeps every sleep in its activity, on the call's time. */
  constructor(
    private readonly journal: AttemptJournal,
    private readonly waits: Waits,
    private readonly suspendAfterMs: number | undefined,
  ) {}

  async until(
    name: string,
    duration: number | string,
    signal: AbortSignal,
    options?: StepOptions,
  ): Promise<void> {
    const { journal, waits, suspendAfterMs } = this;
    const step = journal.take(name, options);
    const recorded = journal.find(step, 'sleep')?.outcome;
    const wakeAt =
      recorded && 'value' in recorded ? Number(recorded.value) : Date.now() + millisecondsOf(step, duration);
    // The attempt is not suspended meanwhile: the sleep would begin again, and end later.
    if (!recorded) await journal.running(() => journal.record(step, 'sleep', { value: wakeAt }));
    if (wakeAt <= Date.now()) return;
    const over = journal.unlessGivenUp(sleepUntil(wakeAt, signal));
    if (suspendAfterMs === undefined) return over;
    const isLong = wakeAt - Date.now() > suspendAfterMs;
    return waits.during({ wakeAt, suspendAfterMs: isLong ? 0 : suspendAfterMs }, over);
  }
}

function millisecondsOf(step: string, duration: number | string): number {
  const value = milliseconds(duration);
  if (value !== undefined) return value;
  throw new StepMisuse(
    `The sleep "${step}" has the duration ${duration}; give milliseconds or a text such as '1h'.`,
  );
}

/** Rejects when `signal` aborts: the call was cancelled. */
async function sleepUntil(wakeAt: number, signal: AbortSignal): Promise<void> {
  while (Date.now() < wakeAt) {
    const stop = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, Math.min(wakeAt - Date.now(), LONGEST_TIMER_MS));
      const abort = () => {
        clearTimeout(timer);
        reject(new Error('The call was cancelled while it slept.'));
      };
      signal.addEventListener('abort', abort, { signal: stop.signal });
    }).finally(() => {
      stop.abort();
    });
  }
}
