/**
 * Notifications that a server sends after its response, for example from a timer. They go to the session, as
 * with the SDK's own transport. No code awaits them: one that cannot be stored is dropped, with a line in the
 * worker's log. (`lateWords.test.ts`)
 */
import { jsonBytes } from '../src/wire/bytes';
import type { JSONRPCNotification } from '../src/mcp/protocol';
import { MovedOn, type CallLog } from './callLog';
import { whyNotStorable } from './storable';

/** Limit for a call: without it, a server that sends endlessly would fill its session's history. */
const MAXIMUM_LATE_BYTES = 1_000_000;

export class LateWords {
  private count = 0;
  private bytes = 0;
  private previous: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: Pick<CallLog, 'later'>,
    private readonly warn: (text: string, error: unknown) => void,
  ) {}

  /** Sends in call order. Resolves when the notification is durable or dropped. */
  send(message: JSONRPCNotification): Promise<void> {
    const problem = whyNotStorable(message) ?? this.whyOverLimit(message);
    if (problem) throw new Error(`The message ${message.method} cannot be sent: ${problem}.`);
    const number = ++this.count;
    this.previous = this.previous
      .then(() => this.log.later(number, message))
      .catch((error: unknown) => {
        if (!(error instanceof MovedOn))
          this.warn('what a server said after its answer could not be sent', error);
      });
    return this.previous;
  }

  private whyOverLimit(message: JSONRPCNotification): string | undefined {
    this.bytes += jsonBytes(message);
    return this.bytes > MAXIMUM_LATE_BYTES ? 'its server has said too much after its answer' : undefined;
  }
}
