/**
 * Calls a tool in memory, with the code that workers run. The handler runs again after every wait and once more
 * at its end, so that code that belongs in a step shows as a difference between two runs. There is no
 * Temporal and no client, and sleeps take no time.
 */
import { isDeepStrictEqual } from 'node:util';
import type { StepTaken } from '../../activities/step';
import type { AttemptEnd } from '../../activities/attemptSettings';
import { Attempt } from '../../activities/runAttempt';
import { realTime } from '../../activities/time';
import type { CallPolicy, ExecutionCheckpoint } from '../wire/call';
import { isJSONRPCRequest } from '../mcp/protocol';
import type { CallToolResult } from '../mcp/sdk/v1';
import { ANONYMOUS, principalId, type CallAuth } from '../wire/principal';
import type { ClientCapabilities, JSONRPCNotification, JSONRPCRequest } from '../wire/messages';
import type { SessionInfo } from '../wire/sessionInfo';
import type { App } from '../mcp/app';
import type { CallerAuth } from '../api/context';
import { AttemptEnded, isFinal } from '../api/errors';
import { MemoryCall } from './memoryCall';

/** The client's answer to a request of the server, for example `{ action: 'accept', content: { tip: 3 } }`. */
type Answer = Readonly<Record<string, unknown>>;

export interface CallToolOptions {
  /**
   * Answers by the name of the question, with its key as in `confirm[3]`. A question without an answer here
   * stays open.
   */
  answers?: Readonly<Record<string, Answer | ((request: JSONRPCRequest) => Answer)>>;
  /** The session's state when the call begins. */
  state?: Readonly<Record<string, unknown>>;
  /** The client's capabilities. Default: elicitation with forms and URLs, sampling, roots. */
  capabilities?: ClientCapabilities;
  /** The caller, as `ctx.auth` has it. Default: nobody is signed in. */
  auth?: Partial<Omit<CallerAuth, 'principal'>> & { readonly subject: string };
  /** How often a handler that throws is run at most. Default 3. */
  maximumAttempts?: number;
}

export interface CalledTool {
  readonly result: CallToolResult;
  /** The notifications that the client receives, each once. */
  readonly notifications: readonly JSONRPCNotification[];
  readonly requests: readonly JSONRPCRequest[];
  /** The session's state when the call has ended. */
  readonly state: Readonly<Record<string, unknown>>;
  /** How often the handler ran until it ended. */
  readonly attempts: number;
}

/** A later run of the handler took another path than an earlier one: docs/rules-for-handlers.md. */
export class HandlerDiffers extends Error {
  override readonly name = 'HandlerDiffers';
}

const CAPABILITIES: ClientCapabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const POLICY = {
  delivery: 'at-least-once',
  initialIntervalMs: 1,
  timeoutMs: 3_600_000,
  hashedKeys: true,
} as const;
const MAXIMUM_ATTEMPTS = 3;
/** Limits a handler that never ends: each run gets one wait further. */
const MAXIMUM_RUNS = 1_000;
/** Code that runs concurrently with a wait has this long before the call is suspended. */
const SUSPEND_AFTER_MS = 20;
/** How long to wait for recorded steps that the handler does not reach: less than a test may last. */
const PATIENCE_MS = 500;

/**
 * @example
 * const { result } = await callTool(app, 'checkout', { cart: 'a' }, {
 *   answers: { confirm: { action: 'accept', content: { tip: 3 } } },
 * });
 * @throws HandlerDiffers with the first difference between two runs of the handler
 * @throws Error if the handler waits for a question that has no answer, or if the call ends with a JSON-RPC error
 */
export async function callTool(
  app: App,
  tool: string,
  args: Record<string, unknown> = {},
  options: CallToolOptions = {},
): Promise<CalledTool> {
  const ignore = (error: unknown) => {
    if (!(error instanceof AttemptEnded)) throw error;
  };
  process.on('unhandledRejection', ignore); // promises that no code awaits when an attempt ends
  try {
    const toolCall = new ToolCall(app, tool, args, options);
    const outcome = await toolCall.runToItsEnd();
    await toolCall.runAgain(outcome.result);
    return outcome;
  } finally {
    process.off('unhandledRejection', ignore);
  }
}

function callAuthOf({
  expiresAt,
  claims = {},
  scopes = [],
  ...of
}: NonNullable<CallToolOptions['auth']>): CallAuth {
  return { principal: { ...of, scopes }, expiresAt, claims };
}

class ToolCall {
  private readonly message: JSONRPCRequest;
  private readonly session: SessionInfo;
  private readonly policy: CallPolicy;
  private readonly auth: CallAuth | undefined;
  private readonly call: MemoryCall;
  private readonly notifications: JSONRPCNotification[] = [];
  private readonly requests: JSONRPCRequest[] = [];
  private attempt = 0;
  private thrown = 0;
  private lastThrown = 0;
  private previous: ExecutionCheckpoint | undefined;
  private taken: StepTaken[] = [];
  /** How far skipped sleeps put the workflow's clock ahead of the real one. */
  private skippedMs = 0;

  constructor(
    private readonly app: App,
    private readonly tool: string,
    args: Record<string, unknown>,
    private readonly options: CallToolOptions,
  ) {
    const { state = {}, capabilities = CAPABILITIES, maximumAttempts = MAXIMUM_ATTEMPTS } = options;
    const params = { name: tool, arguments: args, _meta: { progressToken: 1 } };
    this.message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    this.session = {
      id: '00000000-0000-4000-8000-000000000000',
      principal: principalId(options.auth ? callAuthOf(options.auth).principal : ANONYMOUS),
      protocolVersion: '2025-11-25',
      client: { name: 'callTool', version: '0' },
      capabilities,
      state,
    };
    this.policy = { ...POLICY, maximumAttempts };
    this.auth = options.auth && callAuthOf(options.auth);
    this.call = MemoryCall.of(this.message, {
      now: () => this.now(),
      state,
      onMessage: (message) => {
        if (isJSONRPCRequest(message)) this.answer(message);
        else if ('method' in message) this.notifications.push(message);
      },
    });
  }

  async runToItsEnd(): Promise<CalledTool> {
    for (let runs = 0; runs < MAXIMUM_RUNS; runs++) {
      const end = await this.run();
      if (end.kind === 'suspended') await this.wake(end);
      else if (end.kind !== 'threw' || end.isLast) {
        const { notifications, requests, call, attempt: attempts } = this;
        return { result: this.resultOf(end), notifications, requests, state: call.state, attempts };
      }
    }
    throw new Error(`The handler of ${this.tool} has waited ${MAXIMUM_RUNS} times and not ended.`);
  }

  /**
   * Runs the handler once more over all of its recorded steps, as after a crash right before its answer was
   * recorded.
   */
  async runAgain(result: CallToolResult): Promise<void> {
    const end = await this.run();
    const again = end.kind === 'suspended' ? 'waits' : this.resultOf(end);
    if (isDeepStrictEqual(again, result)) return;
    throw new HandlerDiffers(
      `Run again over the same steps, the handler of ${this.tool} answers ${JSON.stringify(again)} instead of ${JSON.stringify(result)}: put what decides it into a step.`,
    );
  }

  private async run(): Promise<AttemptEnd> {
    const { app, auth, message, policy, session, previous, lastThrown } = this;
    const attempt = ++this.attempt;
    const steps: StepTaken[] = [];
    const running = new Attempt(
      app,
      { auth, message, policy, session, before: previous },
      this.call.logFor(attempt),
      {
        attempt,
        endedWell: attempt - 1,
        lastThrown,
        timeLeftMs: policy.timeoutMs,
        elapsedMs: 0,
        suspendAfterMs: SUSPEND_AFTER_MS,
        patienceMs: PATIENCE_MS,
        runsAgainAfter: (error) => !isFinal(error) && this.thrown + 1 < policy.maximumAttempts,
        time: realTime,
        warn: () => undefined,
        onStep: (step) => {
          steps.push(step);
        },
      },
    );
    const end = await running.run();
    if (end.kind === 'threw' && !end.isLast) {
      this.lastThrown = attempt;
      this.thrown++;
    }
    if (end.kind === 'suspended') {
      this.previous = running.checkpoint(this.thrown);
      this.call.journal.attempt = attempt + 1;
    }
    if (attempt > lastThrown + 1) this.compare(steps);
    this.taken = steps;
    return end;
  }

  /** A later run must reach every step of the run before, and may reach more. */
  private compare(steps: readonly StepTaken[]): void {
    const isAmong = (among: readonly StepTaken[]) => (step: StepTaken) =>
      among.some((each) => isDeepStrictEqual(each, step));
    const missed = this.taken.find((step) => !isAmong(steps)(step));
    const instead = steps.find((step) => !isAmong(this.taken)(step));
    if (!missed || !instead) return; // the run may only have got less far
    throw new HandlerDiffers(
      `Run again, the handler of ${this.tool} comes to ${describe(instead)} instead of ${describe(missed)}: put what decides it into a step.`,
    );
  }

  private answer(request: JSONRPCRequest): void {
    this.requests.push(request);
    const name = String(request.id).slice('1/'.length);
    const { answers = {} } = this.options;
    const given = Object.hasOwn(answers, name) ? answers[name] : undefined;
    const result = typeof given === 'function' ? given(request) : given;
    if (!result) return;
    setImmediate(() => {
      this.call.answer({ jsonrpc: '2.0', id: request.id, result });
    });
  }

  /** Waits for the client's answer, or skips the time of a sleep. */
  private async wake({ suspended }: Extract<AttemptEnd, { kind: 'suspended' }>): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // delivers the answer to the last question
    if (this.call.isAwake(suspended)) return;
    const at = this.call.wakesAt(suspended);
    if (Number.isFinite(at)) this.skippedMs += Math.max(at - this.now(), 0);
    else
      throw new Error(
        `The handler of ${this.tool} waits for its client: give callTool an answer for ${suspended.steps.join(', ')}.`,
      );
    this.call.isAwake(suspended);
  }

  private now(): number {
    return performance.now() + this.skippedMs;
  }

  private resultOf(end: Exclude<AttemptEnd, { kind: 'suspended' }>): CallToolResult {
    const response = 'response' in end ? end.response : undefined;
    if (response && 'result' in response) return response.result as CallToolResult;
    const cause = end.kind === 'threw' ? end.thrown : undefined;
    const message = cause instanceof Error ? cause.message : response?.error.message;
    throw new Error(message ?? `The call of ${this.tool} did not end within its time.`, { cause });
  }
}

const describe = ({ kind, name, content }: StepTaken): string =>
  `the ${kind} "${name}"${content === undefined ? '' : ` with ${JSON.stringify(content)}`}`;
