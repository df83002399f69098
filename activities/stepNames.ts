/** The step names of one attempt. Each name is used once: a later attempt matches records to steps by name. */
import type { StepKind } from '../src/wire/call';
import type { StepOptions } from '../src/api/context';
import { StepMisuse } from '../src/api/errors';
import { currentStep } from './currentStep';
import type { Step } from './step';
import { shown } from './stepValues';

/** A run takes 10,000 signals and 2,000 updates in all, and cannot continue as new while a call is running. */
const MAXIMUM_STEPS = 1_000;
/** In characters. */
const LONGEST_NAME = 100_000;

export class StepNames {
  private readonly used = new Set<string>();

  /** `isInCallContext`: whether the running code has the context of this call. */
  constructor(private readonly isInCallContext: () => boolean) {}

  get areUsed(): boolean {
    return this.used.size > 0;
  }

  has(step: string): boolean {
    return this.used.has(step);
  }

  /** @throws StepMisuse */
  take(name: string, kind: StepKind, options?: StepOptions): Step {
    const step = options?.key === undefined ? name : `${name}[${options.key}]`;
    if (!this.isInCallContext()) {
      throw new StepMisuse(
        `The step "${shown(step)}" was taken where the context of its call is lost (a callback of a pool, or of an old driver): bind the callback with AsyncResource.bind, or take the step outside of it.`,
      );
    }
    if (step.length > LONGEST_NAME) {
      throw new StepMisuse(
        `The step "${shown(step)}" has a name of ${step.length} characters and ${LONGEST_NAME} are the limit; give it a shorter one, or a shorter key.`,
      );
    }
    if (this.used.has(step)) {
      throw new StepMisuse(
        `The step "${shown(step)}" was used before in this call; give each step its own name, or a key in a loop.`,
      );
    }
    if (this.used.size >= MAXIMUM_STEPS) {
      throw new StepMisuse(
        `A call can have at most ${MAXIMUM_STEPS} steps; split the work into several calls.`,
      );
    }
    this.used.add(step);
    return { name: step, kind, within: currentStep.getStore() };
  }

  /**
   * The next name for a step that the author does not name: `what` with a number. Each enclosing step counts
   * separately: a later attempt skips that step with everything inside of it.
   */
  next(what: string): string {
    const within = currentStep.getStore();
    const name = within === undefined ? what : `${within}: ${what}`;
    let n = 1;
    while (this.used.has(`${name} ${n}`)) n++;
    return `${name} ${n}`;
  }
}
