/**
 * The attempts that began inline in this worker, until an activity has adopted them: in memory, since a worker
 * that dies takes its attempts along.
 */
import { setTimeout as pass } from 'node:timers/promises';
import type { Info } from '@temporalio/activity';
import { callKey, type CallInput, type InlineAnswer } from '../src/wire/call';
import type { Adoption } from './adoption';
import type { AttemptEnd } from './attemptSettings';
import type { Attempt } from './runAttempt';
import type { TemporalCallLog } from './temporalCallLog';

/**
 * An activity that has not come by then will not come: the workflow task has gone to another worker, where the
 * call has begun again.
 */
const ADOPTED_WITHIN_MS = 120_000;
/**
 * Temporal may have lost the end of the workflow task, and gives the task out again. An answer is kept so long,
 * so that its handler does not run twice.
 */
const KEPT_MS = 30_000;
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
  private readonly held = new Map<string, Held | InlineAnswer>();
  private onAdopted: (() => void) | undefined;
  private closed: Promise<void> | undefined;

  /** `taskQueue`: where activities reach this worker and no other. */
  constructor(readonly taskQueue: string) {}

  /** Known if this worker had the workflow task before, and its end was lost. */
  get(key: string): Held | InlineAnswer | undefined {
    return this.held.get(key);
  }

  hold(key: string, held: Held): Held {
    this.held.set(key, held);
    this.forget(key, held, ADOPTED_WITHIN_MS);
    return held;
  }

  /** The attempt has ended inline. */
  keep(key: string, answer: InlineAnswer): InlineAnswer {
    this.held.set(key, answer);
    this.onAdopted?.();
    this.forget(key, answer, KEPT_MS);
    return answer;
  }

  /** Hands the attempt over to the activity that adopts it, or the answer that the workflow task did not get. */
  adopt(key: string): Held | InlineAnswer | undefined {
    const held = this.held.get(key);
    if (!held || !('adoption' in held)) return held;
    this.held.delete(key);
    this.onAdopted?.();
    held.adoption.adopt();
    return held;
  }

  /** Ends the attempt, if there is one: its call has been cancelled, or goes on elsewhere. */
  giveUp(key: string): void {
    const held = this.held.get(key);
    if (!held || !('adoption' in held)) return;
    this.held.delete(key);
    this.onAdopted?.();
    held.attempt.abandon();
    held.adoption.giveUp();
  }

  /** The worker stops: no further attempt may begin inline. */
  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  /** Resolves when no attempt waits for its activity, or when it has waited in vain. */
  close(): Promise<void> {
    this.closed ??= Promise.race([this.allAdopted(), pass(CLOSED_WITHIN_MS, undefined, { ref: false })]);
    return this.closed;
  }

  private async allAdopted(): Promise<void> {
    while ([...this.held.values()].some((each) => 'adoption' in each))
      await new Promise<void>((resolve) => (this.onAdopted = resolve));
  }

  private forget(key: string, of: Held | InlineAnswer, afterMs: number): void {
    setTimeout(() => {
      if (this.held.get(key) !== of) return;
      if ('adoption' in of) this.giveUp(key);
      else this.held.delete(key);
    }, afterMs).unref();
  }
}

/** The same for the local activity and for the activity that adopts its attempt. */
export const keyOf = ({ workflowExecution }: Info, { message }: CallInput): string =>
  `${workflowExecution?.runId} ${callKey(message.id)}`;
