/**
 * Which tools may run twice, by what the server says of them in its list. (Specification 2025-11-25, tools,
 * annotations: hints, to be trusted as far as the server is; `resend: 'never'` trusts none.)
 */
import type { JSONRPCRequest, JSONRPCResponse } from '../../wire/messages';

interface Listed {
  readonly name?: unknown;
  readonly annotations?: { readonly readOnlyHint?: boolean; readonly idempotentHint?: boolean };
}

export class ToolHints {
  private readonly safe = new Map<unknown, boolean>();

  /** Reads each list that passes by. */
  learn({ method }: JSONRPCRequest, response: JSONRPCResponse): void {
    if (method !== 'tools/list' || !('result' in response) || !Array.isArray(response.result.tools)) return;
    for (const { name, annotations } of response.result.tools as Listed[])
      this.safe.set(name, annotations?.readOnlyHint === true || annotations?.idempotentHint === true);
  }

  isSafe({ method, params }: JSONRPCRequest): boolean {
    return method === 'tools/call' && this.safe.get(params?.name) === true;
  }
}
