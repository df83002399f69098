/**
 * The steps of one attempt that run author's code: a recorded step returns its value; any other step runs and
 * is recorded.
 */
import type { StepOutcome } from '../src/wire/call';
import type { RunningStep, StepOptions } from '../src/api/context';
import type { CallSteps } from '../src/api/runningCall';
import { AttemptEnded, rebuilt } from '../src/api/errors';
import { currentStep } from './currentStep';
import { type AttemptJournal } from './journal';
import { isError, type Step } from './step';

type StepFunction<T> = (step: RunningStep) => T | Promise<T>;

export class Steps implements CallSteps {
  constructor(
    private readonly journal: AttemptJournal,
    private readonly idempotencyKeyOf: (step: string) => string,
    private readonly signal: AbortSignal,
  ) {}

  atLeastOnce<T>(name: string, fn: StepFunction<T>, options?: StepOptions): Promise<T> {
    return this.runAtLeastOnce(() => this.journal.take(name, 'atLeastOnce', options), fn);
  }

  /** A step of the product itself, without a name from the author. */
  once<T>(what: string, act: () => Promise<T>): Promise<T> {
    return this.runAtLeastOnce(() => this.journal.takeNext(what, 'atLeastOnce'), act);
  }

  private async runAtLeastOnce<T>(take: () => Step, fn: StepFunction<T>): Promise<T> {
    const { journal } = this;
    if (journal.isOver) return journal.refused();
    const step = take();
    const recorded = await journal.begin(step);
    if (recorded) {
      if (isError(recorded)) journal.settlements.hasFailed(step, recorded.error);
      return outcomeOf<T>(step, recorded);
    }
    return journal.running(async () => outcomeOf<T>(step, await this.outcomeOfAtLeastOnce(step, fn)));
  }

  async atMostOnce<T>(name: string, fn: StepFunction<T>, options?: StepOptions): Promise<T> {
    const { journal } = this;
    if (journal.isOver) return journal.refused();
    const step = journal.take(name, 'atMostOnce', options);
    const recorded = await journal.begin(step);
    if (recorded) return outcomeOf<T>(step, recorded);
    return journal.running(async () => {
      const entry = await journal.claim(step);
      if (entry) return outcomeOf<T>(step, entry.outcome ?? UNKNOWN);
      return outcomeOf<T>(
        step,
        await journal.settlements.settle(step, await this.outcomeOfAtMostOnce(step, fn)),
      );
    });
  }

  private async outcomeOfAtLeastOnce<T>(step: Step, fn: StepFunction<T>): Promise<StepOutcome> {
    const { journal } = this;
    let value: StepOutcome;
    try {
      value = journal.values.asJson(step.name, await this.run(step, fn));
    } catch (error) {
      if (error instanceof AttemptEnded) throw error;
      return journal.settlements.fail(step, journal.values.asError(error));
    }
    return journal.settlements.settle(step, value);
  }

  private async outcomeOfAtMostOnce<T>(step: Step, fn: StepFunction<T>): Promise<StepOutcome> {
    const { journal } = this;
    try {
      return journal.values.asJson(step.name, await this.run(step, fn));
    } catch (error) {
      return { error: journal.values.asError(error) };
    }
  }

  private run<T>({ name }: Step, fn: StepFunction<T>): T | Promise<T> {
    const idempotencyKey = this.idempotencyKeyOf(name);
    return currentStep.run(name, () => fn({ idempotencyKey, signal: this.signal }));
  }
}

/** The outcome of a claimed step without a recorded end. Workflows from before 0.3 do not record it themselves. */
const UNKNOWN: StepOutcome = {
  error: { name: 'AtMostOnceFailedBeforeCompleting', message: '', because: 'unknown' },
};

/**
 * The same at the first attempt and at every later one: the value that JSON makes of a value, or the error
 * rebuilt from JSON.
 */
function outcomeOf<T>(step: Step, outcome: StepOutcome): T {
  if (isError(outcome)) throw rebuilt(step.name, outcome.error);
  return outcome.value as T;
}
