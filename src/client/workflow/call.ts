/** One request of a workflow, from its id to its answer, with the server's questions in between. */
import { ApplicationFailure, CancellationScope, isCancellation, uuid4 } from '@temporalio/workflow';
import type { JSONRPCRequest, JSONRPCResponse, RequestId } from '../../wire/messages';
import type { Activities } from './activities';
import { isTimeout, reasonOf, sessionLost, timedOut } from './failures';
import type { OpenedSession, RequestInput, RequestOutcome, SessionRecord } from './protocol';
import type { Questions } from './questions';
import type { Session } from './session';

export interface NewRequest {
  readonly method: string;
  readonly params: { readonly [name: string]: unknown };
  /** Of the request, as `_meta`. */
  readonly meta?: { readonly [name: string]: unknown };
  readonly safe: boolean;
  /** For people. */
  readonly title: string;
}

export type Ended = Exclude<RequestOutcome, { asked: unknown }>;

export class Call {
  /** The same in a replay and in each attempt, and another after a reset of the workflow. */
  private readonly id = uuid4();
  private readonly session: SessionRecord;
  private readonly answered: RequestId[] = [];

  constructor(
    private readonly request: NewRequest,
    private readonly opened: OpenedSession,
    private readonly sessions: Session,
    private readonly activities: Activities,
    private readonly questions: Questions,
    private readonly arg: unknown,
  ) {
    const { id, protocolVersion, joins } = opened;
    this.session = { id, protocolVersion, joins };
  }

  /** @throws ApplicationFailure */
  async run(): Promise<Ended> {
    try {
      return await this.untilEnded();
    } catch (error) {
      const isOver = isTimeout(error);
      if (isOver || isCancellation(error)) await this.withdraw();
      throw isOver ? timedOut(this.request.title, this.id) : reasonOf(error);
    }
  }

  private async untilEnded(): Promise<Ended> {
    const { arg, session, request } = this;
    const first: RequestInput = { arg, session, message: this.message, safe: request.safe };
    const activity = this.activities.request(request.title);
    let outcome = await this.sessions.counted(this.opened, () => activity(first));
    while ('asked' in outcome) {
      await this.answer(outcome.asked);
      const after = { lastEventId: outcome.lastEventId, answered: this.answered };
      outcome = await activity({ ...first, after });
    }
    return outcome;
  }

  private get message(): JSONRPCRequest {
    const { id } = this;
    const { method, params, meta } = this.request;
    const _meta = method === 'tools/call' ? { ...meta, progressToken: id } : meta;
    return { jsonrpc: '2.0', id, method, params: _meta ? { ...params, _meta } : params };
  }

  private async answer(asked: JSONRPCRequest): Promise<void> {
    const { arg, session, id } = this;
    const message: JSONRPCResponse = await this.questions.answer(asked);
    const { isTaken } = await this.activities.answer({ arg, session, message });
    if (!isTaken) throw sessionLost(this.request.title, id, session);
    this.answered.push(asked.id);
  }

  /** The server hears that nobody waits any more, also where no worker is reading the call's stream. */
  private async withdraw(): Promise<void> {
    const { arg, session, id } = this;
    const message = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: id, reason: 'The workflow does not wait any more.' },
    } as const;
    try {
      await CancellationScope.nonCancellable(() => this.activities.cancel({ arg, session, message }));
    } catch (error) {
      if (!(reasonOf(error) instanceof ApplicationFailure) && !isTimeout(error)) throw error;
    }
  }
}
