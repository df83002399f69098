/** The steps of one attempt that run author's code: a recorded step returns its value, any other runs and is recorded. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { StepOutcome } from '../src/protocol/call';
import type { DurableSteps, StepContext, StepOptions } from '../src/server/context';
import { AtMostOnceFailedBeforeCompleting, StepFailed } from '../src/server/errors';
import type { AttemptJournal } from './journal';

type StepFunction<T> = (step: StepContext) => T | Promise<T>;

/** The step in which code is running: what it says is skipped with it. */
export const currentStep = new AsyncLocalStorage<string>();

export class Steps {
  /** `keyPrefix` makes a step's idempotency key unique among all calls of all sessions. */
  constructor(
    private readonly journal: AttemptJournal,
    private readonly keyPrefix: string,
  ) {}

  boundTo(signal: AbortSignal): DurableSteps {
    return {
      atLeastOnce: (name, fn, options) => this.atLeastOnce(name, fn, signal, options),
      atMostOnce: (name, fn, options) => this.atMostOnce(name, fn, signal, options),
    };
  }

  private async atLeastOnce<T>(
    name: string,
    fn: StepFunction<T>,
    signal: AbortSignal,
    options?: StepOptions,
  ): Promise<T> {
    const { journal } = this;
    const step = journal.take(name, options);
    const entry = journal.find(step, 'atLeastOnce');
    if (entry?.outcome) return replay<T>(step, entry.outcome);
    return journal.running(async () => {
      const value = journal.asJson(step, await this.run(step, fn, signal));
      await journal.record(step, 'atLeastOnce', value);
      return value.value as T;
    });
  }

  private async atMostOnce<T>(
    name: string,
    fn: StepFunction<T>,
    signal: AbortSignal,
    options?: StepOptions,
  ): Promise<T> {
    const { journal } = this;
    const step = journal.take(name, options);
    return journal.running(async () => {
      const entry = journal.find(step, 'atMostOnce') ?? (await journal.claim(step));
      if (entry) {
        if (entry.outcome) return replay<T>(step, entry.outcome);
        throw new AtMostOnceFailedBeforeCompleting(step);
      }
      let value: { value?: unknown };
      try {
        value = journal.asJson(step, await this.run(step, fn, signal));
      } catch (error) {
        await journal.record(step, 'atMostOnce', { error: journal.asError(error) });
        throw error;
      }
      await journal.record(step, 'atMostOnce', value);
      return value.value as T;
    });
  }

  private run<T>(step: string, fn: StepFunction<T>, signal: AbortSignal): T | Promise<T> {
    return currentStep.run(step, () => fn({ idempotencyKey: `${this.keyPrefix}/${step}`, signal }));
  }
}

function replay<T>(step: string, outcome: StepOutcome): T {
  if ('error' in outcome) throw new StepFailed(step, outcome.error.name, outcome.error.message);
  return outcome.value as T;
}
