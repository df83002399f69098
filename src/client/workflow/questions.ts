/** The server's questions, answered by the workflow: for as long as it likes. */
import { ApplicationFailure } from '@temporalio/workflow';
import type { JSONRPCRequest, JSONRPCResponse } from '../../wire/messages';
import type { ElicitParams, ElicitResult, SampleParams, SampleResult } from './types';

export interface QuestionHandlers {
  /** Asks a person. May wait for a signal, for days. */
  onElicit?(params: ElicitParams): ElicitResult | Promise<ElicitResult>;
  /** Asks a model, by an activity of the workflow's own. */
  onSample?(params: SampleParams): SampleResult | Promise<SampleResult>;
}

const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;

export class Questions {
  constructor(private readonly handlers: QuestionHandlers) {}

  /** What the client says of itself when it opens a session: it can be asked what it has a handler for. */
  get capabilities(): { readonly [name: string]: object } {
    const { onElicit, onSample } = this.handlers;
    return { ...(onElicit && { elicitation: { form: {}, url: {} } }), ...(onSample && { sampling: {} }) };
  }

  /**
   * An `ApplicationFailure` of the handler is the server's to know. Any other error is the workflow's, and a bug
   * that can be corrected while the server waits.
   */
  async answer({ id, method, params }: JSONRPCRequest): Promise<JSONRPCResponse> {
    const { onElicit, onSample } = this.handlers;
    try {
      if (method === 'elicitation/create' && onElicit)
        return { jsonrpc: '2.0', id, result: { ...(await onElicit(params as unknown as ElicitParams)) } };
      if (method === 'sampling/createMessage' && onSample)
        return { jsonrpc: '2.0', id, result: { ...(await onSample(params as unknown as SampleParams)) } };
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      return { jsonrpc: '2.0', id, error: { code: INTERNAL_ERROR, message: error.message } };
    }
    const message = `The workflow has no handler for ${method}.`;
    return { jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message } };
  }
}
