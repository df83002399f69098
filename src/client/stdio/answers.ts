/** The answers that a server's process owes, by the ids of their requests. */
import type { JSONRPCResponse, RequestId } from '../../wire/messages';

interface Pending {
  resolve(response: JSONRPCResponse): void;
  reject(error: Error): void;
}

export class Answers {
  private readonly pending = new Map<RequestId, Pending>();

  /** Sends the request. Resolves with its answer; rejects with the signal's reason, or with that of `send`. */
  async to(id: RequestId, send: () => Promise<void>, signal: AbortSignal): Promise<JSONRPCResponse> {
    let stop = () => {};
    try {
      return await new Promise<JSONRPCResponse>((resolve, reject) => {
        stop = () => {
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', stop, { once: true });
        this.pending.set(id, { resolve, reject });
        send().catch(reject);
      });
    } finally {
      signal.removeEventListener('abort', stop);
      this.pending.delete(id);
    }
  }

  take(response: JSONRPCResponse & { readonly id: RequestId }): void {
    this.pending.get(response.id)?.resolve(response);
  }

  failAll(error: Error): void {
    this.pending.forEach(({ reject }) => {
      reject(error);
    });
  }
}
