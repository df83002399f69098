/** The server's requests on the stream of a call: those that the workflow answers end the activity. */
import type { JSONRPCMessage, JSONRPCRequest, JSONRPCResponse, RequestId } from '../../wire/messages';
import { RpcCode } from '../../wire/rpcErrors';
import { isRequest } from '../core/jsonRpc';
import type { OpenCall } from '../core/openCall';

/** For the workflow: the answer can take days. */
const QUESTIONS = new Set(['elicitation/create', 'sampling/createMessage']);

/** Ends the exchange: the call goes on at the server, and the workflow answers. */
export class Asked extends Error {
  constructor(
    readonly question: JSONRPCRequest,
    /** The place in the stream after the question. */
    readonly lastEventId: string | undefined,
  ) {
    super('The server asks.');
  }
}

export interface QuestionOptions {
  readonly answered: readonly RequestId[];
  /** Whether the server joins a repetition of the request. */
  readonly joins: boolean;
  answer(message: JSONRPCResponse): void;
}

export class Questions {
  private asked: JSONRPCRequest | undefined;
  private before: string | undefined;
  private after: string | undefined;

  constructor(
    private readonly call: OpenCall,
    private readonly options: QuestionOptions,
  ) {}

  /**
   * Where a further attempt goes on: never after a question that the workflow does not know yet, or the worker's death
   * would lose it.
   */
  get resumeAt(): string | undefined {
    return this.asked ? this.before : this.call.lastEventId;
  }

  /** One question at a time: after its answer, the stream says the next one again. */
  receive(message: JSONRPCMessage): void {
    if (this.asked || !isRequest(message) || this.options.answered.includes(message.id)) return;
    if (!QUESTIONS.has(message.method)) {
      this.options.answer(answerHere(message));
      return;
    }
    this.asked = message;
    this.before = this.call.lastEventId;
    queueMicrotask(() => {
      this.hand(message);
    });
  }

  /** The stream has come to an event's end, the question's first of all. */
  moved(): void {
    if (this.asked) this.after ??= this.call.lastEventId;
  }

  private hand(message: JSONRPCRequest): void {
    const lastEventId = this.after ?? this.before;
    if (lastEventId !== undefined || this.options.joins) {
      this.call.stop(new Asked(message, lastEventId));
      return;
    }
    this.asked = undefined;
    this.options.answer(unanswerable(message));
  }
}

function answerHere({ id, method }: JSONRPCRequest): JSONRPCResponse {
  if (method === 'ping') return { jsonrpc: '2.0', id, result: {} };
  return {
    jsonrpc: '2.0',
    id,
    error: { code: RpcCode.methodNotFound, message: `The client has no ${method}.` },
  };
}

/** On a stream that cannot be resumed, the answer to the call would be lost while the workflow thinks. */
const unanswerable = ({ id }: JSONRPCRequest): JSONRPCResponse => ({
  jsonrpc: '2.0',
  id,
  error: {
    code: RpcCode.internalError,
    message: 'The client answers questions only on streams that can be resumed: give events ids.',
  },
});
