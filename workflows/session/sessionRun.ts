/** One run of a session: its state, and the input of the next run when the history grows long. */
import { workflowInfo } from '@temporalio/workflow';
import { Listeners } from '../../src/model/listeners';
import { SeenRequests } from '../../src/model/seenRequests';
import { withState } from '../../src/model/sessionState';
import { Subscriptions } from '../../src/model/subscriptions';
import { jsonBytes } from '../../src/wire/bytes';
import { callKey } from '../../src/wire/call';
import type { LoggingLevel } from '../../src/wire/messages';
import type { CarriedState, SessionInput } from '../../src/wire/session';
import type { SessionInfo } from '../../src/wire/sessionInfo';
import type { RequestSignal } from '../../src/wire/signals';
import { CommandBudget } from '../commandBudget';
import { RunLength } from '../runLength';
import { Calls } from './calls';
import { EarlyCancellations } from './earlyCancellations';
import { WakeUps } from './wakeUps';
import { has } from '../changes';

/**
 * The next run's input must fit into one payload of 2 MiB. With more, the run continues until calls have
 * ended.
 */
export const MAXIMUM_CARRIED_BYTES = 1_900_000;

export class SessionRun {
  session: SessionInfo;
  readonly seen: SeenRequests;
  readonly listeners: Listeners;
  readonly subscriptions: Subscriptions;
  readonly length: RunLength;
  readonly budget: CommandBudget;
  readonly calls: Calls;
  readonly earlyCancellations = new EarlyCancellations();
  readonly wakeUps: WakeUps;
  initialized: boolean;
  logLevel: LoggingLevel | undefined;
  /** Epoch milliseconds. */
  lastSeenAt: number;
  ended = false;
  /** The run is about to continue as new: no new call starts. */
  draining = false;

  constructor(
    private readonly input: SessionInput,
    /** One patch for all changes of 0.3: a run must go on deciding as it began, even under later versions. */
    readonly isOf03: boolean,
  ) {
    const { session, carried } = input;
    this.session = session;
    this.seen = new SeenRequests(carried?.seen);
    this.listeners = new Listeners(carried?.listeners);
    this.subscriptions = new Subscriptions(carried?.subscriptions);
    this.length = new RunLength(isOf03);
    this.budget = new CommandBudget(isOf03);
    this.initialized = carried?.initialized ?? false;
    this.logLevel = carried?.logLevel;
    this.lastSeenAt = carried?.lastHeardAt ?? Date.now();
    this.wakeUps = new WakeUps(session.id);
    this.calls = new Calls(
      {
        info: () => ({ session: this.session, logLevel: this.logLevel }),
        isDraining: () => this.isDraining(),
        isOf03,
        hasEnded: () => {
          this.noteActivity(); // the client has its whole idle time to fetch the answer
        },
        sentToSession: () => {
          this.wakeActiveListener();
        },
        wake: (queues) => void this.wakeUps.wake(queues),
        listsTools: Boolean(input.searchAttributes),
      },
      this.budget,
      this.length,
    );
  }

  isDraining(): boolean {
    return this.ended || this.draining || (this.length.isAtLimit && this.length.mayTry);
  }

  /** Nothing is in flight that could not cross into the next run. */
  isQuiet(): boolean {
    return this.calls.areQuiet && (this.wakeUps.isQuiet || has('wake-ups cross'));
  }

  noteActivity(): void {
    this.lastSeenAt = Date.now();
  }

  wakeActiveListener(): void {
    void this.wakeUps.wake(this.listeners.wakeAt('active'));
  }

  take({ message, policy, sentAt, digest, wakeAt, auth }: RequestSignal): void {
    this.noteActivity();
    const key = callKey(message.id);
    const verdict = this.seen.see(key, digest, workflowInfo().runId);
    if (!this.ended && verdict.kind === 'new')
      this.calls.take({ message, policy, sentAt, wakeAt, auth }, this.earlyCancellations.take(key));
    if (verdict.kind === 'repeat') this.calls.awaitAt(key, wakeAt);
  }

  write(key: string, value: unknown): void {
    this.session = { ...this.session, state: withState(this.session.state, key, value) };
  }

  /** The input of the next run. */
  next(): SessionInput {
    return { ...this.input, session: this.session, carried: this.carried() };
  }

  fitsNextRun(): boolean {
    return this.bytesOfNext() < MAXIMUM_CARRIED_BYTES;
  }

  bytesOfNext(): number {
    return jsonBytes(this.next());
  }

  private carried(): CarriedState {
    return {
      initialized: this.initialized,
      logLevel: this.logLevel,
      seen: this.seen.snapshot(),
      listeners: this.listeners.snapshot(),
      subscriptions: this.subscriptions.snapshot(),
      ...this.calls.carry(),
      waking: this.wakeUps.carry(),
      lastHeardAt: this.lastSeenAt,
    };
  }
}
