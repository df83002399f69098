/**
 * What a suspended call waits for: the end of a step or sleep, then a free slot among its session's running
 * calls.
 */
import { condition } from '@temporalio/workflow';
import type { Suspended } from '../../src/wire/call';
import type { CallJournal } from '../../src/model/callJournal';
import { has } from '../changes';

/** What a suspended call needs of its session. */
export interface SuspensionContext {
  /** Whether no further call may start in this run. */
  isDraining(): boolean;
  /** Whether one more call may run. */
  hasFreeSlot(): boolean;
  /** The run is of 0.3 or later: see `mcpSession`. */
  readonly isOf03: boolean;
}

export class Suspension {
  constructor(
    readonly of: Suspended['suspended'],
    private readonly journal: CallJournal,
    private readonly session: SuspensionContext,
  ) {}

  /** Whether only the client can end the suspension. */
  get awaitsClient(): boolean {
    return !this.of.handedOver && this.wakeAt === undefined;
  }

  /**
   * Calls `wake` in the moment in which a slot is free: otherwise several suspended calls would take the same
   * slot.
   */
  async ended(wake: () => void): Promise<void> {
    if (!this.of.handedOver) await this.untilDue();
    const { session } = this;
    // Otherwise the executions of some suspended calls would keep the run from ending for the others.
    // (`suspension.test.ts`)
    if (session.isDraining() && has('suspended calls are held')) await condition(() => !session.isDraining());
    const mayRun = () => session.hasFreeSlot() && !session.isDraining();
    while (session.isOf03 && !mayRun()) await condition(mayRun);
    this.journal.endDue(Date.now());
    wake();
  }

  /** Epoch milliseconds; by the worker's clock for workers from before 0.3. */
  private get wakeAt(): number | undefined {
    const { steps, sleeps, wakeAt } = this.of;
    const at = sleeps ? this.journal.dueAt([...steps, ...sleeps]) : (wakeAt ?? Infinity);
    return Number.isFinite(at) ? at : undefined;
  }

  private async untilDue(): Promise<void> {
    const { steps, sleeps = [] } = this.of;
    const hasEnded = () => [...steps, ...sleeps].some((step) => this.journal.hasEnded(step));
    const { wakeAt } = this;
    if (wakeAt === undefined) await condition(hasEnded);
    else if (wakeAt > Date.now()) await condition(hasEnded, wakeAt - Date.now());
  }
}
