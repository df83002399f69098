/**
 * Requests of the author's server to the client: elicitation, sampling, roots. Each is a step of the call under an id made of call
 * and step, so that a later attempt does not ask twice and an answer to the first asking counts. The answer comes to any node and
 * stands in the session's log, which the worker follows while it waits.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { Tail } from '../src/log/tail';
import { MAXIMUM_ANSWERS_BYTES, type StepOutcome } from '../src/protocol/call';
import { bytesOf } from '../src/protocol/bytes';
import { errorResponse } from '../src/protocol/errors';
import {
  ErrorCode,
  isJSONRPCErrorResponse,
  isJSONRPCResultResponse,
  malformedAnswer,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type RequestId,
} from '../src/protocol/mcp';
import type { SessionInfo } from '../src/protocol/session';
import type { StepOptions } from '../src/server/context';
import { lacksCapability } from '../src/server/clientCapabilities';
import type { Emitter } from './emitter';
import type { AttemptJournal } from './journal';
import type { Waits } from './waits';

/** Before Temporal is tried again when it did not answer. */
const RETRY_MS = 1_000;
const LONGEST_ID = 200;

/** The step's name where the author gave one: those waits may be cut short, since the author's code goes by steps. */
const namedStep = new AsyncLocalStorage<string>();

export interface AsksOf {
  readonly client: Client;
  readonly session: SessionInfo;
  readonly call: string;
  readonly journal: AttemptJournal;
  readonly emitter: Emitter;
  readonly waits: Waits;
  /** How long a wait for a named step holds its slot; `undefined` if it must not be cut short. */
  readonly suspendAfterMs: number | undefined;
  /** The attempt is over. */
  readonly signal: AbortSignal;
}

export class Asks {
  private readonly waiting = new Map<RequestId, (response: JSONRPCResponse) => void>();
  private listening: Promise<void> | undefined;
  /** Of the client's answers. */
  bytes = 0;

  constructor(private readonly of: AsksOf) {}

  /** Gives the one request that `send` hands to the SDK the author's name. */
  async named<T>(name: string, send: () => Promise<T>, options?: StepOptions): Promise<T> {
    const { journal } = this.of;
    const step = journal.take(name, options);
    journal.find(step, 'ask');
    return journal.unlessGivenUp(namedStep.run(step, send));
  }

  /** The client's response, or an error response that says why there is none. `cancelled` aborts when the author stops waiting. */
  async ask(message: JSONRPCRequest, cancelled: AbortSignal): Promise<JSONRPCResponse> {
    const { session, call, journal, emitter, waits } = this.of;
    const lack = lacksCapability(
      session.capabilities,
      message.method,
      message.params?.mode === 'url' ? 'url' : 'form',
    );
    if (lack) return errorResponse(message.id, ErrorCode.MethodNotFound, lack);

    const named = namedStep.getStore();
    const step = named ?? journal.takeNext(`${message.method} ${digestOf(message)}`);
    const id = idOf(call, step);
    const recorded = journal.find(step, 'ask');
    if (recorded?.outcome) return checked(message, this.counted(recorded.outcome));

    const answer = new Promise<JSONRPCResponse>((resolve) => this.waiting.set(id, resolve));
    // The attempt is not suspended meanwhile: a sleep beside it would otherwise be all that the call waits for.
    const isAsked = await journal.running(async () => {
      await (this.listening ??= this.untilDone('the log could not be opened', () => this.listen()));
      if (recorded)
        await journal.open(); // what came between the attempt's start and our listening
      else if (cancelled.aborted) return false;
      else {
        await emitter.ask({ ...message, id }, step);
        await this.untilDone('a question to the client could not be sent', () => emitter.flush());
      }
      return true;
    });
    if (!isAsked) return errorResponse(message.id, ErrorCode.RequestTimeout, String(cancelled.reason));
    const come = journal.find(step, 'ask')?.outcome;
    if (come) return checked(message, this.counted(come));
    const givenUp = new Promise<undefined>((resolve) => {
      if (cancelled.aborted) resolve(undefined); // while it was asked
      cancelled.addEventListener('abort', () => {
        resolve(undefined);
      });
    });
    const suspendAfterMs = named === undefined ? undefined : this.of.suspendAfterMs;
    const response = await waits.during({ step, suspendAfterMs }, Promise.race([answer, givenUp]));
    this.waiting.delete(id);
    if (response) return checked(message, await this.kept(step, response));
    const reason = String(cancelled.reason);
    await emitter.cancelAsk(id, step, reason);
    return errorResponse(message.id, ErrorCode.RequestTimeout, reason);
  }

  /** Waits for Temporal while it is away: to the handler, an error would be its client's answer. */
  private async untilDone(problem: string, act: () => Promise<void>): Promise<void> {
    const { session, signal } = this.of;
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (signal.aborted) throw error;
        log.warn(`${problem}; trying again`, { session: session.id, error });
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** An answer from the log. Where the workflow may not have kept it, the journal tells, as it will at later attempts. */
  private async kept(step: string, response: JSONRPCResponse): Promise<StepOutcome> {
    const answer = this.counted({ value: response });
    if (this.bytes <= MAXIMUM_ANSWERS_BYTES) return answer;
    const { journal } = this.of;
    await journal.open();
    return journal.find(step, 'ask')?.outcome ?? answer;
  }

  private counted(outcome: StepOutcome): StepOutcome {
    this.bytes += bytesOf(JSON.stringify('value' in outcome ? outcome.value : outcome));
    return outcome;
  }

  private async listen(): Promise<void> {
    const { client, session, signal } = this.of;
    const logger = {
      warn: (about: object, text: string) => {
        log.warn(text, { ...about });
      },
    };
    const tail = await Tail.open(client, session.id, logger);
    signal.addEventListener('abort', () => {
      tail.close();
    });
    if (signal.aborted) tail.close(); // while it was opened
    tail.onNotified.add((message) => {
      if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message))
        this.waiting.get(message.id as RequestId)?.(message);
    });
  }
}

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
function checked(message: JSONRPCRequest, outcome: StepOutcome): JSONRPCResponse {
  const response = ('value' in outcome ? outcome.value : undefined) as JSONRPCResponse;
  const problem = 'result' in response ? malformedAnswer(message.method, response.result) : undefined;
  if (problem === undefined) return { ...response, id: message.id };
  return errorResponse(message.id, ErrorCode.InvalidParams, problem);
}
