/**
 * `ctx.state`: values that handlers keep for their session, in the session's workflow. At every attempt a call
 * reads the state of its beginning and its own writes; inside of a step, whose value is recorded, it reads the
 * newest state. Each write is a step of its call, identified by key and value, so the same write is done once.
 * A retry after an error that writes another value than before writes from there on.
 */
import { createHash } from 'node:crypto';
import type { StepOutcome } from '../src/wire/call';
import type { SessionInfo } from '../src/wire/sessionInfo';
import type { CallState } from '../src/api/runningCall';
import { rebuilt } from '../src/api/errors';
import type { CallLog } from './callLog';
import { currentStep } from './currentStep';
import { type AttemptJournal } from './journal';
import { isError, type Step } from './step';

export class State implements CallState {
  private readonly visible: Map<string, unknown>;
  private readonly occurrences = new Map<string, number>();
  /** Keys to which this try has written another value than earlier tries, which ended with an error. */
  private readonly divergedKeys = new Set<string>();

  constructor(
    private readonly log: CallLog,
    private readonly journal: AttemptJournal,
    session: SessionInfo,
  ) {
    this.visible = new Map(Object.entries(session.state));
  }

  async get<T>(key: string): Promise<T | undefined> {
    if (currentStep.getStore() === undefined) return this.visible.get(key) as T | undefined;
    return (await this.journal.running(() => this.newest(key))) as T | undefined;
  }

  set(key: string, value: unknown): Promise<void> {
    return this.write(key, () => this.journal.values.asJson(`state ${key}`, value));
  }

  delete(key: string): Promise<void> {
    return this.write(key, () => ({}));
  }

  async update<T>(key: string, change: (now: T | undefined) => T | undefined): Promise<T | undefined> {
    const { journal } = this;
    if (journal.isOver) return journal.refused();
    const step = journal.takeNext(`state update ${key}`, 'state');
    let written: { value?: unknown } = {};
    const writeNewest = async () => {
      for (;;) {
        const now = await this.newest(key);
        written = journal.values.asJson(step.name, change(now as T | undefined));
        if (await this.log.setState({ ...writeOf(step, key, written), expected: { is: now } })) return;
      }
    };
    let outcome = await journal.begin(step);
    // The value of the update is known once it is written.
    outcome ??= await journal.running(async () => {
      const end = await journal.settlements.settleBy(step, {}, writeNewest);
      return isError(end) ? end : written;
    });
    const { value } = this.apply(step, key, outcome);
    return value as T | undefined;
  }

  private async write(key: string, valueOf: () => { value?: unknown }): Promise<void> {
    const { journal } = this;
    if (journal.isOver) return journal.refused();
    const change = valueOf();
    const step = this.takeWrite(key, change);
    const outcome =
      (await journal.begin(step)) ??
      (await journal.running(() =>
        journal.settlements.settleBy(step, {}, async () => {
          await this.log.setState(writeOf(step, key, change));
        }),
      ));
    this.apply(step, key, isError(outcome) ? outcome : change);
  }

  /** Makes the written value visible to the call. */
  private apply(step: Step, key: string, outcome: StepOutcome): { value?: unknown } {
    if (isError(outcome)) throw rebuilt(step.name, outcome.error);
    if (outcome.value === undefined) this.visible.delete(key);
    else this.visible.set(key, outcome.value);
    return outcome;
  }

  private takeWrite(key: string, change: { value?: unknown }): Step {
    const { journal } = this;
    const within = currentStep.getStore();
    const prefix = within === undefined ? '' : `${within}: `;
    const ofKey = `${prefix}state ${JSON.stringify(key)} #`;
    const value = createHash('sha256').update(JSON.stringify(change)).digest('base64url').slice(0, 16);
    const before03 = `${prefix}state ${key} ${this.next(ofKey)}`;
    if (journal.deliveries.knows(before03)) return journal.take(before03, 'state');
    const name = `${ofKey}${value} ${this.next(ofKey + value)}`;
    const again = `${name} after ${journal.lastThrown}`;
    if (journal.lastThrown > 0 && !journal.deliveries.knows(name)) this.divergedKeys.add(ofKey);
    const isAgain = journal.deliveries.knows(again) || this.divergedKeys.has(ofKey);
    return journal.take(isAgain ? again : name, 'state');
  }

  private next(what: string): number {
    const count = (this.occurrences.get(what) ?? 0) + 1;
    this.occurrences.set(what, count);
    return count;
  }

  private async newest(key: string): Promise<unknown> {
    const state = await this.log.readState();
    return Object.hasOwn(state, key) ? state[key] : undefined;
  }
}

const writeOf = ({ name, within }: Step, key: string, change: { value?: unknown }) => ({
  step: name,
  key,
  within,
  ...change,
});
