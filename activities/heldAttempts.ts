/**
 * The attempts that began inline in this worker, until an activity has adopted them: in memory, since a worker
 * that dies takes its attempts along.
 */
import { setTimeout as pass } from 'node:timers/promises';
import type { Info } from '@temporalio/activity';
import { callKey, type CallInput, type InlineAnswer } from '../src/wire/call';
import { KeptAnswers } from './keptAnswers';
import type { Adoption } from './adoption';
import type { AttemptEnd } from './attemptSettings';
import type { Attempt } from './runAttempt';
import type { TemporalCallLog } from './temporalCallLog';

/**
 * An activity that has not come by then will not come: the workflow task has gone to another worker, where the
 * call has begun again. Long, since an activity may have to wait for a free slot.
 */
const ADOPTED_WITHIN_MS = 600_000;
/**
 * A worker that stops waits no longer for activities: with the grace of the adopted attempts, it stops before it
 * is killed.
 */
const CLOSED_WITHIN_MS = 10_000;

export interface Begun {
  readonly attempt: Attempt;
  readonly callLog: TemporalCallLog;
}

export interface Held extends Begun {
  readonly end: Promise<AttemptEnd>;
  readonly adoption: Adoption;
}

export class HeldAttempts {
  private readonly held = new Map<string, { readonly attempt: Held; readonly expiry: NodeJS.Timeout }>();
  private readonly answers = new KeptAnswers();
  private onLess: (() => void) | undefined;
  private closed: Promise<void> | undefined;

  /** `taskQueue`: where activities reach this worker and no other. */
  constructor(readonly taskQueue: string) {}

  /** Known if this worker had the workflow task before, and its end was lost. */
  get(key: string): Held | InlineAnswer | undefined {
    return this.held.get(key)?.attempt ?? this.answers.get(key);
  }

  hold(key: string, attempt: Held): Held {
    const expiry = setTimeout(() => {
      this.giveUp(key);
    }, ADOPTED_WITHIN_MS).unref();
    this.held.set(key, { attempt, expiry });
    return attempt;
  }

  /** The attempt has ended inline. */
  keep(key: string, answer: InlineAnswer, bytes: number): InlineAnswer {
    this.take(key);
    this.answers.keep(key, answer, bytes);
    return answer;
  }

  /** Hands the attempt over to the activity that adopts it, or the answer that the workflow task did not get. */
  adopt(key: string): Held | InlineAnswer | undefined {
    const attempt = this.take(key);
    attempt?.adoption.adopt();
    return attempt ?? this.answers.get(key);
  }

  /** Ends the attempt, if there is one: its call has been cancelled, or goes on elsewhere. */
  giveUp(key: string): void {
    const attempt = this.take(key);
    attempt?.attempt.abandon();
    attempt?.adoption.giveUp();
  }

  /** The worker stops: no further attempt may begin inline. */
  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  /** Resolves when no attempt waits for its activity, or when it has waited in vain. */
  close(): Promise<void> {
    this.closed ??= Promise.race([this.allTaken(), pass(CLOSED_WITHIN_MS, undefined, { ref: false })]);
    return this.closed;
  }

  private async allTaken(): Promise<void> {
    while (this.held.size > 0) await new Promise<void>((resolve) => (this.onLess = resolve));
  }

  private take(key: string): Held | undefined {
    const held = this.held.get(key);
    clearTimeout(held?.expiry);
    this.held.delete(key);
    this.onLess?.();
    return held?.attempt;
  }
}

/** The same for the local activity and for the activity that adopts its attempt. */
export const keyOf = ({ workflowExecution }: Info, { message }: CallInput): string =>
  `${workflowExecution?.runId} ${callKey(message.id)}`;
