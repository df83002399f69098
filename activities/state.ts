/**
 * `ctx.state`: what handlers keep for their session, in the session's workflow. A call sees the state of its beginning and its own writes, at
 * every attempt; inside of a step, whose value is recorded, the newest. Each write is a step of its call, known by its value and by the
 * writes of its key before it: the same is written once, and after another value all that follows is written again.
 */
import { createHash } from 'node:crypto';
import type { StepOutcome } from '../src/protocol/call';
import type { SessionInfo } from '../src/protocol/session';
import type { SessionStateStore } from '../src/server/context';
import { rebuilt } from '../src/server/errors';
import type { CallLog } from './callLog';
import { currentStep } from './currentStep';
import { isError, type AttemptJournal, type Step } from './journal';

export class State implements SessionStateStore {
  private readonly seen: Map<string, unknown>;
  /** Of the writes to a key, by where they are made. */
  private readonly histories = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly log: CallLog,
    private readonly journal: AttemptJournal,
    session: SessionInfo,
  ) {
    this.seen = new Map(Object.entries(session.state));
  }

  async get<T>(key: string): Promise<T | undefined> {
    if (currentStep.getStore() === undefined) return this.seen.get(key) as T | undefined;
    return (await this.journal.running(() => this.newest(key))) as T | undefined;
  }

  set(key: string, value: unknown): Promise<void> {
    return this.write(key, () => this.journal.asJson(`state ${key}`, value));
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
        written = journal.asJson(step.name, change(now as T | undefined));
        if (await this.log.setState({ ...writeOf(step, key, written), expected: { is: now } })) return;
      }
    };
    let outcome = await journal.begin(step);
    // Its value is known when it is written.
    outcome ??= await journal.running(async () => {
      const end = await journal.settlements.settleBy(step, {}, writeNewest);
      return isError(end) ? end : written;
    });
    const { value } = this.told(step, key, outcome);
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
    this.told(step, key, isError(outcome) ? outcome : change);
  }

  /** From now on the call sees it. */
  private told(step: Step, key: string, outcome: StepOutcome): { value?: unknown } {
    if (isError(outcome)) throw rebuilt(step.name, outcome.error);
    if (outcome.value === undefined) this.seen.delete(key);
    else this.seen.set(key, outcome.value);
    return outcome;
  }

  private takeWrite(key: string, change: { value?: unknown }): Step {
    const within = currentStep.getStore();
    const where = JSON.stringify([within, key]);
    const nth = (this.counts.get(where) ?? 0) + 1;
    this.counts.set(where, nth);
    const history = createHash('sha256')
      .update(JSON.stringify([this.histories.get(where), change]))
      .digest('base64url')
      .slice(0, 16);
    this.histories.set(where, history);
    const prefix = within === undefined ? '' : `${within}: `;
    const before03 = `${prefix}state ${key} ${nth}`;
    const name = this.journal.deliveries.knows(before03) ? before03 : `${prefix}state ${key} #${history}`;
    return this.journal.take(name, 'state');
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
