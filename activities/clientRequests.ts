/**
 * Requests of the author's server to the client: elicitation, sampling, roots. Each is a step of the call under an id made of call
 * and step, so that a later attempt does not ask twice and an answer to the first asking counts. The answer comes to any node and
 * stands in the session's log, which the attempt follows while it waits.
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

/** Before the log is tried again when it could not be reached. */
const RETRY_MS = 1_000;
const LONGEST_ID = 200;

/** A question that the author has named. Its wait may be cut short, since the author's code goes by steps. */
interface Named {
  readonly step: Step;
  readonly timeoutMs: number | undefined;
  readonly isWaitedFor: IsWaitedFor;
  /** Why it has no answer, where that is no answer of the client. */
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
  /** How long a wait for a named step holds its slot; `undefined` if it must not be cut short. */
  readonly suspendAfterMs: number | undefined;
  /** The attempt is over. */
  readonly signal: AbortSignal;
  readonly warn: (text: string, error: unknown) => void;
}

export class ClientRequests {
  private readonly asked = new Map<RequestId, Step>();
  /** Of the client's answers. */
  bytes = 0;

  constructor(private readonly of: ClientRequestsOf) {}

  /** Gives the one request that `send` hands to the SDK the author's name. */
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

  /** The client's response, or an error response that says why there is none. `cancelled` aborts when the author stops waiting. */
  async ask(message: JSONRPCRequest, cancelled: AbortSignal): Promise<JSONRPCResponse> {
    const { session, journal } = this.of;
    const lack = lacksCapability(
      session.capabilities,
      message.method,
      message.params?.mode === 'url' ? 'url' : 'form',
    );
    if (lack) return errorResponse(message.id, ErrorCode.MethodNotFound, lack);
    const named = namedQuestion.getStore();
    const step = named?.step ?? journal.takeNext(`${message.method} ${digestOf(message)}`, 'ask');
    journal.came({ kind: 'ask', name: step.name, content: message.params });
    const recorded = await journal.begin(step);
    if (recorded && isGivenUp(recorded)) await this.takeBack(step, TIMED_OUT); // the workflow has, which cannot say so
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

  /** Asks, unless an earlier attempt has, and waits until the log says how that has ended. */
  private async answerTo(
    message: JSONRPCRequest,
    step: Step,
    named: Named | undefined,
    cancelled: AbortSignal,
  ): Promise<StepOutcome> {
    const { journal, call, emitter, waits } = this.of;
    const before = journal.entryOf(step);
    const end = journal.settlements.endOf(step);
    const id = idOf(call, step.name);
    this.asked.set(id, step);
    // The attempt is not suspended meanwhile: a sleep beside it would otherwise be all that the call waits for.
    await journal.running(async () => {
      await this.untilDone('the log could not be opened', () => this.follow());
      if (before || cancelled.aborted) return;
      await emitter.ask({ ...message, id }, step, named?.timeoutMs);
      await this.untilDone('a question to the client could not be sent', () => emitter.flush());
    });
    if (cancelled.aborted && !before)
      // nobody has been asked, and a later attempt asks nobody either
      return journal.settlements.settle(step, { value: givenUp(step, String(cancelled.reason)) });
    const giveUp = (reason: string) => {
      const told = this.takeBack(step, reason).then(() => emitter.flush());
      told.catch((error: unknown) => {
        this.of.warn('the client could not be told that a question is given up', error);
      });
    };
    cancelled.addEventListener('abort', () => {
      giveUp(String(cancelled.reason));
    });
    if (cancelled.aborted) giveUp(String(cancelled.reason)); // while it was asked
    const stop = this.timeout(before?.until, named?.timeoutMs, () => {
      giveUp(TIMED_OUT);
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

  /** The client need not answer any more, and is told so once. */
  private takeBack(step: Step, reason: string): Promise<void> {
    return this.of.emitter.cancelAsk(idOf(this.of.call, step.name), step, reason);
  }

  private timeout(until: number | undefined, timeoutMs: number | undefined, then: () => void): () => void {
    const leftMs = until === undefined ? timeoutMs : this.of.journal.msUntil(until);
    return leftMs === undefined ? () => undefined : this.of.time.after(Math.max(leftMs, 0), then);
  }

  /** From now on ends are heard in the order of the log. An attempt whose call has open questions does so before its handler runs. */
  follow(): Promise<void> {
    return this.of.journal.settlements.follow((event) => this.hear(event), this.of.signal);
  }

  private async hear(event: CallEvent): Promise<void> {
    const { journal } = this.of;
    if (event.kind === 'takenBack') {
      const step = [...this.asked.values()].find(({ name }) => name === event.step);
      if (step) journal.settlements.deliver(step.name, { value: givenUp(step, TIMED_OUT) });
    }
    if (event.kind !== 'answered') return;
    const { response } = event;
    const step = this.asked.get(response.id ?? '');
    const name = step?.name ?? journal.questions.find((each) => idOf(this.of.call, each) === response.id);
    if (name === undefined) return; // of another call
    const outcome = await this.kept(name, response);
    if (step) journal.settlements.deliver(name, outcome);
    else journal.endUnasked(name, outcome);
  }

  /** An answer from the log. Where the workflow may not have kept it, the journal tells, as it will at later attempts. */
  private async kept(name: string, response: JSONRPCResponse): Promise<StepOutcome> {
    const answer = { value: response };
    if (this.bytes + jsonBytes(response) <= MAXIMUM_ANSWERS_BYTES) return answer;
    const { journal } = this.of;
    await this.untilDone('the journal could not be read', async () => void (await journal.open()));
    return journal.outcomeOf(name) ?? answer;
  }

  /** Waits for Temporal while it is away: to the handler, an error would be its client's answer. */
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

function isGivenUp(outcome: StepOutcome): boolean {
  if (isError(outcome)) return false;
  const response = outcome.value as JSONRPCResponse;
  return 'error' in response && response.error.message === TIMED_OUT;
}

const givenUp = ({ name }: Step, reason: string) => errorResponse(name, RpcCode.requestTimeout, reason);

const digestOf = ({ method, params }: JSONRPCRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([method, params]))
    .digest('base64url')
    .slice(0, 12);

/** A step's name can be long, and clients send the id back. */
function idOf(call: string, step: string): string {
  const id = `${call}/${step}`;
  return id.length <= LONGEST_ID ? id : createHash('sha256').update(id).digest('base64url');
}

/** A malformed answer is an error, for the handler as for the log's reader; the client is not asked again. */
function checked(message: JSONRPCRequest, response: JSONRPCResponse): JSONRPCResponse {
  const problem = 'result' in response ? malformedAnswer(message.method, response.result) : undefined;
  if (problem === undefined) return { ...response, id: message.id };
  return errorResponse(message.id, ErrorCode.InvalidParams, problem);
}
