/** The steps of one attempt: what earlier attempts did is read from the journal, what this one does is written to it. */
import { WorkflowNotFoundError } from '@temporalio/common';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { Journal, JournalEntry, StepKind, StepOutcome } from '../src/protocol/call';
import type { SessionInfo } from '../src/protocol/session';
import {
  CLAIM_UPDATE,
  RECORD_SIGNAL,
  type Claim,
  type ClaimResult,
  type RecordSignal,
} from '../src/protocol/signals';
import type { DurableSteps, StepContext, StepOptions } from '../src/server/context';
import { AtMostOnceFailedBeforeCompleting, StepFailed, StepMisuse } from '../src/server/errors';
import { whyNotStorable } from './storable';

/** A run takes 10,000 signals and 2,000 updates in all, and it cannot be continued as new while a call is running. */
const MAXIMUM_STEPS = 1_000;
/** A later attempt gets the whole journal in one payload, of at most 2 MiB. */
const MAXIMUM_JOURNAL_BYTES = 1_500_000;

export interface StepsOf {
  readonly session: SessionInfo;
  readonly call: string;
  readonly attempt: number;
  readonly journal: Journal;
  /** What was said before a step must be durable before the step is: a later attempt skips the step and what it said. */
  readonly flushEmits: () => Promise<void>;
}

type StepFunction<T> = (step: StepContext) => T | Promise<T>;

export class Steps {
  private readonly used = new Set<string>();
  private journalBytes: number;

  constructor(
    private readonly handle: WorkflowHandle,
    private readonly of: StepsOf,
  ) {
    this.journalBytes = Buffer.byteLength(JSON.stringify(of.journal));
  }

  boundTo(signal: AbortSignal): DurableSteps {
    return {
      atLeastOnce: (name, fn, options) => this.atLeastOnce(name, fn, signal, options),
      atMostOnce: (name, fn, options) => this.atMostOnce(name, fn, signal, options),
    };
  }

  private async atLeastOnce<T>(
    name: string,
    fn: StepFunction<T>,
    signal: AbortSignal,
    options?: StepOptions,
  ): Promise<T> {
    const step = this.take(name, options);
    const entry = this.recorded(step, 'atLeastOnce');
    if (entry?.outcome) return replay<T>(step, entry.outcome);
    const value = this.asJson(step, await fn(this.contextOf(step, signal)));
    await this.record(step, 'atLeastOnce', value);
    return value.value as T;
  }

  private async atMostOnce<T>(
    name: string,
    fn: StepFunction<T>,
    signal: AbortSignal,
    options?: StepOptions,
  ): Promise<T> {
    const step = this.take(name, options);
    const entry = this.recorded(step, 'atMostOnce') ?? (await this.claim(step));
    if (entry) {
      if (entry.outcome) return replay<T>(step, entry.outcome);
      throw new AtMostOnceFailedBeforeCompleting(step);
    }
    let value: { value?: unknown };
    try {
      value = this.asJson(step, await fn(this.contextOf(step, signal)));
    } catch (error) {
      const { name: errorName, message } =
        error instanceof Error ? error : { name: 'Error', message: String(error) };
      await this.record(step, 'atMostOnce', {
        error: { name: errorName, message: message.slice(0, 10_000) },
      });
      throw error;
    }
    await this.record(step, 'atMostOnce', value);
    return value.value as T;
  }

  private take(name: string, options?: StepOptions): string {
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

  private recorded(step: string, kind: StepKind): JournalEntry | undefined {
    const entry = Object.hasOwn(this.of.journal, step) ? this.of.journal[step] : undefined;
    if (entry && entry.kind !== kind) {
      throw new StepMisuse(
        `The step "${step}" is recorded as ${entry.kind} and the code says ${kind}: the code was changed under a running call.`,
      );
    }
    return entry;
  }

  private contextOf(step: string, signal: AbortSignal): StepContext {
    return { idempotencyKey: `${this.of.session.id}/${this.of.call}/${step}`, signal };
  }

  /** `undefined` if the step is ours to run. */
  private async claim(step: string): Promise<JournalEntry | undefined> {
    const { call, attempt } = this.of;
    await this.of.flushEmits();
    const result = await this.handle.executeUpdate<ClaimResult, [Claim]>(CLAIM_UPDATE, {
      args: [{ call, attempt, step }],
      updateId: `${call}:${attempt}:${step}`,
    });
    if (result.granted) return undefined;
    if (result.entry) return result.entry;
    throw movedOn(call, attempt);
  }

  /** The value as every later attempt will see it, so that a difference shows at the first run. */
  private asJson(step: string, value: unknown): { value?: unknown } {
    if (value === undefined) return {};
    const problem = whyNotStorable(value);
    if (problem) throw new StepMisuse(`The value of the step "${step}" cannot be recorded: ${problem}.`);
    const json = JSON.stringify(value) ?? 'null';
    this.journalBytes += Buffer.byteLength(json);
    if (this.journalBytes > MAXIMUM_JOURNAL_BYTES) {
      throw new StepMisuse(
        `The steps of this call have more than ${MAXIMUM_JOURNAL_BYTES} bytes of values with "${step}"; record references instead.`,
      );
    }
    return { value: JSON.parse(json) as unknown };
  }

  private async record(step: string, kind: StepKind, outcome: StepOutcome): Promise<void> {
    const { call, attempt } = this.of;
    // The step has happened: that must be recorded even if what was said before it cannot be sent.
    await this.of.flushEmits().catch(() => undefined);
    try {
      await this.handle.signal<[RecordSignal]>(RECORD_SIGNAL, { call, attempt, step, kind, outcome });
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? movedOn(call, attempt) : error;
    }
  }
}

function replay<T>(step: string, outcome: StepOutcome): T {
  if ('error' in outcome) throw new StepFailed(step, outcome.error.name, outcome.error.message);
  return outcome.value as T;
}

/** What ends an attempt whose successor has begun, or whose call is over. */
export const movedOn = (call: string, attempt: number): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `Attempt ${attempt} of request ${call} is no longer wanted: the call has moved on.`,
  );
