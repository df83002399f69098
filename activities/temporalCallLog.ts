/** A call's journal and log in Temporal: the session's workflow and its event history. */
import { createHash } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { SessionEvent } from '../src/log/history';
import { jsonBytes } from '../src/wire/bytes';
import {
  CLAIM_UPDATE,
  EMIT_SIGNAL,
  JOURNAL_QUERY,
  MOVED_ON,
  NOTIFY_SIGNAL,
  OPEN_ATTEMPT_UPDATE,
  RECORD_SIGNAL,
  ROOM_QUERY,
  SET_STATE_UPDATE,
  STATE_CHANGED,
  STATE_QUERY,
  type Claim,
  type ClaimResult,
  type Emit,
  type EmitSignal,
  type NotifySignal,
  type OpenAttempt,
  type OpenAttemptResult,
  type RecordSignal,
  type SetState,
} from '../src/wire/signals';
import type { JSONRPCNotification } from '../src/mcp/protocol';
import type { SessionInfo } from '../src/wire/sessionInfo';
import { LimitExceeded } from '../src/api/errors';
import { Pace } from '../src/shared/pace';
import { ask } from './ask';
import { MovedOn, type CallEvent, type CallLog, type Opened } from './callLog';
import { recordTogether } from './records';
import type { SessionTails } from './sessionTails';
import { refusalIn, update } from './update';

/**
 * Limits how fast the calls of one session write to its history from this worker. Temporal terminates a run
 * with 50 MB of history, and a hundred calls that send at once would reach that before they could be stopped.
 * (`talkativeCalls.test.ts`)
 */
const BURST_BYTES = 4_000_000;
const BYTES_PER_SECOND = 1_000_000;
const PACE = new Pace(BURST_BYTES, BYTES_PER_SECOND);

/** Temporal limits update ids to 1,000 bytes; step names can be longer. */
const LONGEST_ID = 200;

interface TemporalCallLogOf {
  readonly call: string;
  readonly attempt: number;
  /** Earlier attempts that ended without the death of their worker. */
  readonly endedWell: number;
  /** Whether the session's workflow is of 0.3 or later: it takes batches of records, and the query for room. */
  readonly isOf03: boolean;
}

export class TemporalCallLog implements CallLog {
  constructor(
    private readonly tails: SessionTails,
    private readonly handle: WorkflowHandle,
    private readonly sessionId: string,
    private readonly of: TemporalCallLogOf,
  ) {}

  async open(): Promise<Opened | undefined> {
    const { call, attempt, endedWell } = this.of;
    const result = await update<OpenAttemptResult, OpenAttempt>(this.handle, OPEN_ATTEMPT_UPDATE, {
      args: [{ call, attempt, endedWell }],
    });
    if (!result.open) return undefined;
    return {
      ...result,
      journal: result.journal ?? (await ask(this.handle, JOURNAL_QUERY, call)),
    };
  }

  claim(step: string, within: string | undefined): Promise<ClaimResult> {
    const { call, attempt } = this.of;
    return update<ClaimResult, Claim>(this.handle, CLAIM_UPDATE, {
      args: [{ call, attempt, step, within }],
      updateId: idOf(`${call}:${attempt}:${step}`),
    });
  }

  record(record: Omit<RecordSignal, 'call' | 'attempt'>): Promise<void> {
    const { call, attempt, isOf03 } = this.of;
    const signal = { call, attempt, ...record };
    if (!isOf03) return this.signal<RecordSignal>(RECORD_SIGNAL, signal);
    return movedOnIfGone(recordTogether(this.handle, signal));
  }

  async setState(write: Omit<SetState, 'call' | 'attempt'>): Promise<boolean> {
    // A write with an expected value has no update id: it may be refused, and is tried again with another
    // value.
    const { call, attempt } = this.of;
    // The id contains the attempt: a write that joined the write of a fenced attempt would be refused with it.
    const updateId = write.expected ? undefined : idOf(`${call}:${attempt}:${write.step}`);
    try {
      const args: [SetState] = [{ call, attempt, ...write }];
      await update<undefined, SetState>(this.handle, SET_STATE_UPDATE, { args, updateId });
      return true;
    } catch (error) {
      const refusal = refusalIn(error);
      if (!refusal) throw error;
      if (refusal.type === STATE_CHANGED) return false;
      if (refusal.type === MOVED_ON) throw new MovedOn(refusal.message);
      throw new LimitExceeded(refusal.message);
    }
  }

  async readState(): Promise<SessionInfo['state']> {
    return (await movedOnIfGone(ask(this.handle, STATE_QUERY))).session.state;
  }

  emit(emits: Emit[]): Promise<void> {
    const { call, attempt } = this.of;
    return this.signalPaced<EmitSignal>(EMIT_SIGNAL, { call, attempt, emits });
  }

  later(number: number, message: JSONRPCNotification): Promise<void> {
    const { call, attempt } = this.of;
    return this.signalPaced<NotifySignal>(NOTIFY_SIGNAL, {
      id: `${call}:${attempt}:late:${number}`,
      message,
    });
  }

  private async signalPaced<Payload>(name: string, payload: Payload): Promise<void> {
    if (!(await this.hasRoomFor(jsonBytes(payload))))
      throw new LimitExceeded(
        "The session's log is full of what its calls have said, until these have ended; say less, or in fewer calls at once.",
      );
    return this.signal(name, payload);
  }

  async follow(tell: (event: CallEvent) => void, signal: AbortSignal): Promise<void> {
    const onSessionEvent = (sessionEvent: SessionEvent) => {
      this.eventsOf(sessionEvent).forEach(tell);
    };
    await this.tails.follow(this.sessionId, onSessionEvent, signal);
  }

  private eventsOf(sessionEvent: SessionEvent): CallEvent[] {
    const isOwn = ({ call, attempt }: { call: string; attempt: number }) =>
      call === this.of.call && attempt === this.of.attempt;
    const recordedBy = (record: RecordSignal): CallEvent[] => {
      const { step, sleepMs, forget } = record;
      return isOwn(record) && sleepMs === undefined && !forget ? [{ kind: 'recorded', step }] : [];
    };
    switch (sessionEvent.kind) {
      case 'record':
        return recordedBy(sessionEvent.signal);
      case 'records':
        return sessionEvent.signal.records.flatMap(recordedBy);
      case 'setState':
        return isOwn(sessionEvent.update) ? [{ kind: 'recorded', step: sessionEvent.update.step }] : [];
      case 'emit':
        return isOwn(sessionEvent.signal) ? sessionEvent.signal.emits.flatMap(takenBack) : [];
      case 'clientMessage': {
        const { message } = sessionEvent.signal;
        return 'method' in message ? [] : [{ kind: 'answered', response: message }];
      }
      default:
        return [];
    }
  }

  /** Waits for the session's pace. Resolves with whether the session's run has room for this many bytes. */
  async hasRoomFor(bytes: number): Promise<boolean> {
    if (!this.of.isOf03) return true; // older workflows do not know the question
    const hadToWait = await PACE.take(this.sessionId, bytes);
    return !hadToWait || movedOnIfGone(ask(this.handle, ROOM_QUERY));
  }

  private signal<Payload>(name: string, payload: Payload): Promise<void> {
    return movedOnIfGone(this.handle.signal<[Payload]>(name, payload));
  }
}

async function movedOnIfGone<T>(sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? new MovedOn('The session has ended.') : error;
  }
}

const takenBack = (emit: Emit): CallEvent[] => {
  if (emit.to === 'connection' || emit.step === undefined || 'id' in emit.message) return [];
  return [{ kind: 'takenBack', step: emit.step }];
};

const idOf = (text: string): string =>
  text.length <= LONGEST_ID && text.isWellFormed()
    ? text
    : createHash('sha256').update(JSON.stringify(text)).digest('base64url');
