/**
 * One attempt's view of its call's journal: what earlier attempts did is read from it, what this one does is written to it. The
 * journal itself lives in the workflow, which decides who may write.
 */
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { bytesOf } from '../src/protocol/bytes';
import type { Journal, JournalEntry, StepError, StepKind, StepOutcome } from '../src/protocol/call';
import {
  CLAIM_UPDATE,
  OPEN_ATTEMPT_UPDATE,
  RECORD_SIGNAL,
  type Claim,
  type ClaimResult,
  type OpenAttempt,
  type OpenAttemptResult,
  type RecordSignal,
} from '../src/protocol/signals';
import type { StepOptions } from '../src/server/context';
import { StepMisuse } from '../src/server/errors';
import { currentStep } from './steps';
import { whyNotStorable } from './storable';
import { nameAndMessage } from './thrown';
import { update } from './update';

/** A run takes 10,000 signals and 2,000 updates in all, and it cannot be continued as new while a call is running. */
const MAXIMUM_STEPS = 1_000;
/** A later attempt gets the whole journal in one payload, of at most 2 MiB; the rest is for the client's answers. */
const MAXIMUM_JOURNAL_BYTES = 1_500_000;
/** Of a step in the journal, beside its name and its value. */
const ENTRY_BYTES = 64;
const LONGEST_ERROR = 10_000;

export interface AttemptOf {
  /** Of the session's workflow. */
  readonly handle: WorkflowHandle;
  readonly call: string;
  readonly attempt: number;
  /** What was said before a step must be durable before the step is: a later attempt skips the step and what it said. */
  readonly flushEmits: () => Promise<void>;
}

export class AttemptJournal {
  private readonly used = new Set<string>();
  private entries: Journal = {};
  private runningSteps = 0;
  private closed = false;
  /** Of its steps: names and values. */
  bytes = 0;

  constructor(private readonly of: AttemptOf) {}

  /** Fences earlier attempts and reads what they left. The first attempt of a call has nothing to read, and does not ask. */
  async open(): Promise<void> {
    const { handle, call, attempt } = this.of;
    const result = await update<OpenAttemptResult, OpenAttempt>(handle, OPEN_ATTEMPT_UPDATE, {
      args: [{ call, attempt }],
    });
    if (!result.open) throw movedOn(call, attempt);
    this.entries = result.journal;
    this.bytes = bytesOfSteps(result.journal);
  }

  /** From now on this attempt can do nothing more: it is over, or the call goes on in another. */
  close(): void {
    this.closed = true;
  }

  /** As `waiting`, but never settles once the attempt has been given up: author's code must not take that for an outcome. */
  async unlessGivenUp<T>(waiting: Promise<T>): Promise<T> {
    const givenUp = new Promise<never>(() => undefined);
    try {
      const value = await waiting;
      return this.closed ? await givenUp : value;
    } catch (error) {
      if (this.closed) return givenUp;
      throw error;
    }
  }

  /** Whether no step is being run, so that nothing is cut short when the attempt ends here. */
  get isIdle(): boolean {
    return this.runningSteps === 0;
  }

  async running<T>(fn: () => T | Promise<T>): Promise<T> {
    this.runningSteps++;
    try {
      return await fn();
    } finally {
      this.runningSteps--;
    }
  }

  /** Takes a step's name, which only one step of the attempt may. @throws StepMisuse */
  take(name: string, options?: StepOptions): string {
    this.assertOpen();
    const step = options?.key === undefined ? name : `${name}[${options.key}]`;
    if (this.used.has(step)) {
      throw new StepMisuse(
        `The step "${step}" was used before in this call; give each step its own name, or a key in a loop.`,
      );
    }
    if (this.used.size >= MAXIMUM_STEPS) {
      throw new StepMisuse(
        `A call can have at most ${MAXIMUM_STEPS} steps; split the work into several calls.`,
      );
    }
    this.used.add(step);
    return step;
  }

  /**
   * The name for the next of several things that the author gives no names: the first `what`, the second, and so on. Each step counts
   * by itself: a later attempt skips it, and what it did.
   */
  takeNext(what: string): string {
    const within = currentStep.getStore();
    const name = within === undefined ? what : `${within}: ${what}`;
    let n = 1;
    while (this.used.has(`${name} ${n}`)) n++;
    return this.take(`${name} ${n}`);
  }

  find(step: string, kind: StepKind): JournalEntry | undefined {
    const entry = Object.hasOwn(this.entries, step) ? this.entries[step] : undefined;
    if (entry && entry.kind !== kind) {
      throw new StepMisuse(
        `The step "${step}" is recorded as ${entry.kind} and the code says ${kind}: the code was changed under a running call.`,
      );
    }
    return entry;
  }

  /** `undefined` if the step is ours to run. */
  async claim(step: string): Promise<JournalEntry | undefined> {
    this.assertOpen();
    const { handle, call, attempt } = this.of;
    this.count(step, 0);
    await this.of.flushEmits();
    const result = await update<ClaimResult, Claim>(handle, CLAIM_UPDATE, {
      args: [{ call, attempt, step }],
      updateId: `${call}:${attempt}:${step}`,
    });
    if (result.granted) return undefined;
    if (result.entry) return result.entry;
    throw movedOn(call, attempt);
  }

  /** The value as every later attempt will see it, so that a difference shows at the first run. */
  asJson(step: string, value: unknown): { value?: unknown } {
    if (value === undefined) {
      this.count(step, 0);
      return {};
    }
    const problem = whyNotStorable(value);
    if (problem) throw new StepMisuse(`The value of the step "${step}" cannot be recorded: ${problem}.`);
    const json = JSON.stringify(value) ?? 'null';
    this.count(step, bytesOf(json));
    return { value: JSON.parse(json) as unknown };
  }

  /** What a step threw, which must be recorded: cut to a part of the room that is left, so that some is left for later steps. */
  asError(error: unknown): StepError {
    const { name, message } = nameAndMessage(error);
    const room = Math.max(MAXIMUM_JOURNAL_BYTES - this.bytes, 0);
    const cut = message.slice(0, Math.min(LONGEST_ERROR, room / 100));
    this.bytes += bytesOf(JSON.stringify(cut));
    return { name: name.slice(0, 200), message: cut };
  }

  private count(step: string, bytes: number): void {
    this.bytes += bytesOfEntry(step, bytes);
    if (this.bytes <= MAXIMUM_JOURNAL_BYTES) return;
    throw new StepMisuse(
      `The steps of this call have more than ${MAXIMUM_JOURNAL_BYTES} bytes of values with "${step}"; record references instead.`,
    );
  }

  async record(step: string, kind: StepKind, outcome: StepOutcome): Promise<void> {
    this.assertOpen();
    const { handle, call, attempt } = this.of;
    // The step has happened: that must be recorded even if what was said before it cannot be sent.
    await this.of.flushEmits().catch(() => undefined);
    try {
      await handle.signal<[RecordSignal]>(RECORD_SIGNAL, { call, attempt, step, kind, outcome });
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? movedOn(call, attempt) : error;
    }
  }

  assertOpen(): void {
    if (this.closed) throw movedOn(this.of.call, this.of.attempt);
  }
}

/** As the attempts have counted that took them: one that died must not leave less room to the next. */
function bytesOfSteps(journal: Journal): number {
  let bytes = 0;
  for (const [step, { kind, outcome = {} }] of Object.entries(journal)) {
    if (kind !== 'atLeastOnce' && kind !== 'atMostOnce') continue;
    bytes += bytesOfEntry(step, 'value' in outcome ? bytesOf(JSON.stringify(outcome.value)) : 0);
  }
  return bytes;
}

const bytesOfEntry = (step: string, bytes: number): number => bytesOf(step) + ENTRY_BYTES + bytes;

/** What ends an attempt whose successor has begun, or whose call is over. */
export const movedOn = (call: string, attempt: number): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `Attempt ${attempt} of request ${call} is no longer wanted: the call has moved on.`,
  );
