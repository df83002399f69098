/**
 * Requests of the author's server to the client: elicitation, sampling, roots. Each request is a step of the
 * call. Its id is made of the call and the step, so a later attempt does not ask again, and an answer to the
 * first asking counts. The answer may arrive at any node and is stored in the session's log, which the waiting
 * attempt follows.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { MAXIMUM_ANSWERS_BYTES, type StepOutcome } from '../src/wire/call';
import { TIMED_OUT } from '../src/model/callJournal';
import { jsonBytes } from '../src/wire/bytes';
import { milliseconds } from '../src/shared/duration';
import { RpcCode, errorResponse } from '../src/wire/rpcErrors';
import {
  ErrorCode,
  malformedAnswer,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type RequestId,
} from '../src/mcp/protocol';
import type { SessionInfo } from '../src/wire/sessionInfo';
import type { AskOptions } from '../src/api/context';
import { lacksCapability } from '../src/mcp/clientCapabilities';
import { StepMisuse, rebuilt } from '../src/api/errors';
import type { CallEvent } from './callLog';
import type { DurablePromise } from './durablePromise';
import type { Emitter } from './emitter';
import { type AttemptJournal } from './journal';
import { isError, type Step } from './step';
import type { Time } from './time';
import type { IsWaitedFor, Waits } from './waits';

/** Delay before the next try while Temporal cannot be reached. */
const RETRY_MS = 1_000;
const LONGEST_ID = 200;

/**
 * A question that the author's code asks under a step name (`ctx.elicit` and the like). Only the wait for
 * such a question may be suspended: code that asks by the SDK's own methods does not expect to run again.
 */
interface Named {
  readonly step: Step;
  readonly timeoutMs: number | undefined;
  readonly isWaitedFor: IsWaitedFor;
  /** The step's error, if the question ended with one in place of a response. */
  failure?: Error;
}
const namedQuestion = new AsyncLocalStorage<Named>();

export interface ClientRequestsOf {
  readonly session: SessionInfo;
  readonly call: string;
  readonly journal: AttemptJournal;
  readonly emitter: Emitter;
  readonly waits: Waits;
  readonly time: Time;
  /** How long the wait of a named step occupies its activity slot; `undefined`: never suspended. */
  readonly suspendAfterMs: number | undefined;
  /** Aborts when the attempt is over. */
  readonly signal: AbortSignal;
  readonly warn: (text: string, error: unknown) => void;
}

export class ClientRequests {
  private readonly asked = new Map<RequestId, Step>();
  /** Bytes of the client's answers so far. */
  bytes = 0;

  constructor(private readonly of: ClientRequestsOf) {}

  /** Runs `send`, which sends one request through the SDK, as the step `name`. */
  named<T>(name: string, send: () => Promise<T>, options?: AskOptions): DurablePromise<T> {
    const { waits, journal } = this.of;
    return waits.watched(async (isWaitedFor) => {
      if (journal.isOver) return journal.refused();
      const step = journal.take(name, 'ask', options);
      const named: Named = { step, timeoutMs: timeoutOf(step, options), isWaitedFor };
      try {
        return await journal.untilEnd(namedQuestion.run(named, send));
      } catch (error) {
        throw named.failure ?? error;
      }
    });
  }

  /**
   * Resolves with the client's response, or with an error response if there is none. `cancelled` aborts when
   * the author stops waiting.
   */
  async ask(message: JSONRPCRequest, cancelled: AbortSignal): Promise<JSONRPCResponse> {
    const { session, journal } = this.of;
    const missingCapability = lacksCapability(
      session.capabilities,
      message.method,
      message.params?.mode === 'url' ? 'url' : 'form',
    );
    if (missingCapability) return errorResponse(message.id, ErrorCode.MethodNotFound, missingCapability);
    const named = namedQuestion.getStore();
    const step = named?.step ?? journal.takeNext(`${message.method} ${digestOf(message)}`, 'ask');
    journal.reached({ kind: 'ask', name: step.name, content: message.params });
    const recorded = await journal.begin(step);
    if (recorded && hasTimedOut(recorded)) await this.sendCancellation(step, TIMED_OUT); // the workflow cannot notify the client itself
    const outcome = recorded ?? (await this.answerTo(message, step, named, cancelled));
    if (isError(outcome)) {
      const failure = rebuilt(step.name, outcome.error);
      if (named) named.failure = failure;
      return errorResponse(message.id, ErrorCode.InternalError, failure.message);
    }
    const response = outcome.value as JSONRPCResponse;
    this.bytes += jsonBytes(response);
    return checked(message, response);
  }

  /** Asks, unless an earlier attempt has asked, and waits until the log contains the end of the question. */
  private async answerTo(
    message: JSONRPCRequest,
    step: Step,
    named: Named | undefined,
    cancelled: AbortSignal,
  ): Promise<StepOutcome> {
    const { journal, call, emitter, waits } = this.of;
    const earlier = journal.entryOf(step);
    const end = journal.settlements.endOf(step);
    const id = idOf(call, step.name);
    this.asked.set(id, step);
    // `running` prevents a suspension before the question is sent: a concurrent sleep would look like the only
    // wait.
    await journal.running(async () => {
      await this.untilDone('the log could not be opened', () => this.follow());
      if (earlier || cancelled.aborted) return;
      await emitter.ask({ ...message, id }, step, named?.timeoutMs);
      await this.untilDone('a question to the client could not be sent', () => emitter.flush());
    });
    if (cancelled.aborted && !earlier)
      // the client was not asked, and the record keeps later attempts from asking
      return journal.settlements.settle(step, { value: withdrawnResponse(step, String(cancelled.reason)) });
    const withdraw = (reason: string) => {
      const sent = this.sendCancellation(step, reason).then(() => emitter.flush());
      sent.catch((error: unknown) => {
        this.of.warn('the client could not be told that a question is given up', error);
      });
    };
    cancelled.addEventListener('abort', () => {
      withdraw(String(cancelled.reason));
    });
    if (cancelled.aborted) withdraw(String(cancelled.reason)); // aborted while the question was being sent
    const stop = this.timeout(earlier?.until, named?.timeoutMs, () => {
      withdraw(TIMED_OUT);
    });
    const wait = {
      step,
      suspendAfterMs: named && this.of.suspendAfterMs,
      stopsClock: true,
      isWaitedFor: named?.isWaitedFor ?? (() => true),
    };
    try {
      return await waits.during(wait, journal.untilEnd(end));
    } finally {
      stop();
    }
  }

  /** Sends `notifications/cancelled` for the question, once. */
  private sendCancellation(step: Step, reason: string): Promise<void> {
    return this.of.emitter.cancelAsk(idOf(this.of.call, step.name), step, reason);
  }

  private timeout(until: number | undefined, timeoutMs: number | undefined, then: () => void): () => void {
    const leftMs = until === undefined ? timeoutMs : this.of.journal.msUntil(until);
    return leftMs === undefined ? () => undefined : this.of.time.after(Math.max(leftMs, 0), then);
  }

  /**
   * From now on, questions and steps end in the order of the log. An attempt that finds open questions calls
   * this before its handler runs.
   */
  follow(): Promise<void> {
    return this.of.journal.settlements.follow((event) => this.onEvent(event), this.of.signal);
  }

  private async onEvent(event: CallEvent): Promise<void> {
    const { journal } = this.of;
    if (event.kind === 'takenBack') {
      const step = [...this.asked.values()].find(({ name }) => name === event.step);
      if (step) journal.settlements.deliver(step.name, { value: withdrawnResponse(step, TIMED_OUT) });
    }
    if (event.kind !== 'answered') return;
    const { response } = event;
    const step = this.asked.get(response.id ?? '');
    const name = step?.name ?? journal.questions.find((each) => idOf(this.of.call, each) === response.id);
    if (name === undefined) return; // a response to another call
    const outcome = await this.recordedAnswer(name, response);
    if (step) journal.settlements.deliver(name, outcome);
    else journal.endUnasked(name, outcome);
  }

  /**
   * The outcome for an answer from the log. Beyond `MAXIMUM_ANSWERS_BYTES` the workflow may have recorded an
   * error in place of the answer: then the journal is read again, so that this attempt sees what later attempts
   * see.
   */
  private async recordedAnswer(name: string, response: JSONRPCResponse): Promise<StepOutcome> {
    const answer = { value: response };
    if (this.bytes + jsonBytes(response) <= MAXIMUM_ANSWERS_BYTES) return answer;
    const { journal } = this.of;
    await this.untilDone('the journal could not be read', async () => void (await journal.open()));
    return journal.outcomeOf(name) ?? answer;
  }

  /** Retries while Temporal is unreachable: the handler would take an error for the client's answer. */
  private async untilDone(problem: string, act: () => Promise<void>): Promise<void> {
    const { signal, warn, journal } = this.of;
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (signal.aborted || journal.isOver) throw error;
        warn(`${problem}; trying again`, error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

function timeoutOf({ name }: Step, options: AskOptions = {}): number | undefined {
  if (options.timeout === undefined) return undefined;
  const value = milliseconds(options.timeout);
  if (value !== undefined) return value;
  throw new StepMisuse(
    `The question "${name}" has the timeout ${options.timeout}; give milliseconds or a text such as '1h'.`,
  );
}

function hasTimedOut(outcome: StepOutcome): boolean {
  if (isError(outcome)) return false;
  const response = outcome.value as JSONRPCResponse;
  return 'error' in response && response.error.message === TIMED_OUT;
}

const withdrawnResponse = ({ name }: Step, reason: string) =>
  errorResponse(name, RpcCode.requestTimeout, reason);

const digestOf = ({ method, params }: JSONRPCRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([method, params]))
    .digest('base64url')
    .slice(0, 12);

/** Step names can be long, and the client sends the id back: long ids are hashed. */
function idOf(call: string, step: string): string {
  const id = `${call}/${step}`;
  return id.length <= LONGEST_ID ? id : createHash('sha256').update(id).digest('base64url');
}

/**
 * The response that the author's server gets. A malformed answer of the client is replaced by an error; the
 * client is not asked again, since its answer is recorded.
 */
function checked(message: JSONRPCRequest, response: JSONRPCResponse): JSONRPCResponse {
  const problem = 'result' in response ? malformedAnswer(message.method, response.result) : undefined;
  if (problem === undefined) return { ...response, id: message.id };
  return errorResponse(message.id, ErrorCode.InvalidParams, problem);
}
