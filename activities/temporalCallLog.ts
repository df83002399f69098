/** A call's journal and log where they really are: in its session's workflow, and in that workflow's history. */
import { createHash } from 'node:crypto';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { Fact } from '../src/log/history';
import {
  CLAIM_UPDATE,
  EMIT_SIGNAL,
  MOVED_ON,
  OPEN_ATTEMPT_UPDATE,
  RECORD_SIGNAL,
  SET_STATE_UPDATE,
  STATE_CHANGED,
  STATE_QUERY,
  type Claim,
  type ClaimResult,
  type Emit,
  type EmitSignal,
  type OpenAttempt,
  type OpenAttemptResult,
  type RecordSignal,
  type SetState,
} from '../src/protocol/signals';
import type { SessionState } from '../src/protocol/session';
import { LimitExceeded } from '../src/server/errors';
import { MovedOn, type CallEvent, type CallLog } from './callLog';
import type { SessionTails } from './sessionTails';
import { update } from './update';

/** Temporal takes ids of 1,000 bytes, and steps can have longer names. */
const LONGEST_ID = 200;

export class TemporalCallLog implements CallLog {
  constructor(
    private readonly tails: SessionTails,
    private readonly handle: WorkflowHandle,
    private readonly sessionId: string,
    private readonly of: { readonly call: string; readonly attempt: number },
  ) {}

  open(): Promise<OpenAttemptResult> {
    return update<OpenAttemptResult, OpenAttempt>(this.handle, OPEN_ATTEMPT_UPDATE, { args: [this.of] });
  }

  claim(step: string, within: string | undefined): Promise<ClaimResult> {
    const { call, attempt } = this.of;
    return update<ClaimResult, Claim>(this.handle, CLAIM_UPDATE, {
      args: [{ ...this.of, step, within }],
      updateId: idOf(`${call}:${attempt}:${step}`),
    });
  }

  record(record: Omit<RecordSignal, 'call' | 'attempt'>): Promise<void> {
    return this.signal<RecordSignal>(RECORD_SIGNAL, { ...this.of, ...record });
  }

  async setState(write: Omit<SetState, 'call' | 'attempt'>): Promise<boolean> {
    // One that expects a value may be refused, and is tried again with another.
    const { call, attempt } = this.of;
    // Of this attempt alone: one that joins the write of an attempt which has been fenced meanwhile is refused with it.
    const updateId = write.expected ? undefined : idOf(`${call}:${attempt}:${write.step}`);
    try {
      const args: [SetState] = [{ ...this.of, ...write }];
      await update<undefined, SetState>(this.handle, SET_STATE_UPDATE, { args, updateId });
      return true;
    } catch (error) {
      const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
      if (!(cause instanceof ApplicationFailure)) throw error;
      if (cause.type === STATE_CHANGED) return false;
      if (cause.type === MOVED_ON) throw new MovedOn(cause.message);
      throw new LimitExceeded(cause.message);
    }
  }

  async readState(): Promise<SessionState['session']['state']> {
    return (await this.handle.query<SessionState>(STATE_QUERY)).session.state;
  }

  emit(emits: Emit[]): Promise<void> {
    return this.signal<EmitSignal>(EMIT_SIGNAL, { ...this.of, emits });
  }

  async follow(tell: (event: CallEvent) => void, signal: AbortSignal): Promise<void> {
    const tellOf = (fact: Fact) => {
      this.eventsOf(fact).forEach(tell);
    };
    await this.tails.follow(this.sessionId, tellOf, signal);
  }

  private eventsOf(fact: Fact): CallEvent[] {
    const isOurs = ({ call, attempt }: { call: string; attempt: number }) =>
      call === this.of.call && attempt === this.of.attempt;
    switch (fact.kind) {
      case 'record': {
        const { step, sleepMs, forget } = fact.signal;
        return isOurs(fact.signal) && sleepMs === undefined && !forget ? [{ kind: 'recorded', step }] : [];
      }
      case 'setState':
        return isOurs(fact.update) ? [{ kind: 'recorded', step: fact.update.step }] : [];
      case 'emit':
        return isOurs(fact.signal) ? fact.signal.emits.flatMap(takenBack) : [];
      case 'clientMessage': {
        const { message } = fact.signal;
        return 'method' in message ? [] : [{ kind: 'answered', response: message }];
      }
      default:
        return [];
    }
  }

  private async signal<Payload>(name: string, payload: Payload): Promise<void> {
    try {
      await this.handle.signal<[Payload]>(name, payload);
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? new MovedOn('The session has ended.') : error;
    }
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
