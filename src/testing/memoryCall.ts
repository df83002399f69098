/**
 * One call with its session in memory: the journal that the session's workflow would keep, and a log that the
 * attempt can follow. Writes of an attempt are durable at once, and outlive the attempt.
 */
import type { CallEvent, CallLog } from '../../activities/callLog';
import { callKey, type CallInput, type Suspended } from '../wire/call';
import { CallJournal } from '../model/callJournal';
import type { JSONRPCRequest, JSONRPCResponse } from '../mcp/protocol';
import { isSame, whyNotState, withState } from '../model/sessionState';
import { MessageDeduplicator } from '../model/messageDeduplicator';
import type { Emit } from '../wire/signals';
import { LimitExceeded } from '../api/errors';

export interface MemoryCallOf {
  /** The workflow's clock, in milliseconds. */
  readonly now: () => number;
  /** The session's state as the call begins. */
  readonly state: CallInput['session']['state'];
  /** Called with every message for the client, each question once. */
  readonly onMessage: (message: Extract<Emit, { to: 'call' | 'session' }>['message']) => void;
}

export class MemoryCall {
  readonly journal = new CallJournal();
  state: CallInput['session']['state'];
  private readonly deduplicator = new MessageDeduplicator();
  private readonly followers = new Set<(event: CallEvent) => void>();

  constructor(
    private readonly of: MemoryCallOf,
    private readonly call: string,
  ) {
    this.state = of.state;
  }

  static of(message: JSONRPCRequest, of: MemoryCallOf): MemoryCall {
    return new MemoryCall(of, callKey(message.id));
  }

  answer(response: JSONRPCResponse): void {
    this.journal.takeAnswer(response);
    this.notifyFollowers({ kind: 'answered', response });
  }

  /** Whether any of the steps has ended for which the suspended call waits. */
  isAwake({ steps, sleeps = [], handedOver }: Suspended['suspended']): boolean {
    this.journal.endDue(this.of.now());
    return handedOver === true || [...steps, ...sleeps].some((step) => this.journal.hasEnded(step));
  }

  /** When the call wakes without an answer, by the workflow's clock; infinite if it never does. */
  wakesAt({ steps, sleeps = [] }: Suspended['suspended']): number {
    return this.journal.dueAt([...steps, ...sleeps]);
  }

  logFor(attempt: number): CallLog {
    const { journal, call, of } = this;
    const { now } = of;
    return {
      open: async () => {
        if (!journal.open({ attempt }, now())) return undefined;
        return { open: true, journal: copy(journal.snapshot().journal), now: now(), scheduledAt: now() };
      },
      claim: async (step, within) => copy(journal.claim({ call, attempt, step, within })),
      record: async (record) => {
        journal.record(copy({ call, attempt, ...record }), now());
        const { step, sleepMs, forget } = record;
        if (sleepMs === undefined && !forget) this.notifyFollowers({ kind: 'recorded', step });
      },
      setState: async (write) => {
        const { key, value, step, within, expected } = write;
        const problem = whyNotState(this.state, key, value);
        if (problem) throw new LimitExceeded(problem);
        if (expected && !isSame(this.state[key], expected.is)) return false;
        if (journal.writes(step, within, expected && value))
          this.state = withState(this.state, key, copy(value));
        this.notifyFollowers({ kind: 'recorded', step });
        return true;
      },
      readState: async () => copy(this.state),
      emit: async (emits) => {
        journal.noteMessages(copy({ call, attempt, emits }), now());
        emits.forEach((emit) => {
          this.onEmit(emit);
        });
      },
      later: async (_number, message) => {
        of.onMessage(copy(message));
      },
      follow: async (onEvent, signal) => {
        this.followers.add(onEvent);
        signal.addEventListener('abort', () => this.followers.delete(onEvent));
      },
    };
  }

  private onEmit(emit: Emit): void {
    if (emit.to === 'connection') return;
    const { message, step } = emit;
    if (step !== undefined && !('id' in message)) this.notifyFollowers({ kind: 'takenBack', step });
    if (this.deduplicator.isNew(emit.mark, message)) this.of.onMessage(message);
  }

  private notifyFollowers(event: CallEvent): void {
    this.followers.forEach((follower) => {
      follower(copy(event));
    });
  }
}

/** Copies a value: an attempt may still change its own. */
const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
