/**
 * What a server says after its answer, as from a timer. It is for the session, as with the SDK's own transport, and nobody waits for it: what
 * cannot be stored is left out, with a line in the log. (`lateWords.test.ts`)
 */
import { jsonBytes } from '../src/wire/bytes';
import type { JSONRPCNotification } from '../src/mcp/protocol';
import { MovedOn, type CallLog } from './callLog';
import { whyNotStorable } from './storable';

/** Of a call. Beyond it a server that goes on and on would fill its session's log. */
const MAXIMUM_SAID_BYTES = 1_000_000;

export class LateWords {
  private said = 0;
  private bytes = 0;
  private before: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: Pick<CallLog, 'later'>,
    private readonly warn: (text: string, error: unknown) => void,
  ) {}

  /** In the order in which they come. Resolves when it is durable, or left out. */
  say(message: JSONRPCNotification): Promise<void> {
    const problem = whyNotStorable(message) ?? this.whyTooMuch(message);
    if (problem) throw new Error(`The message ${message.method} cannot be sent: ${problem}.`);
    const number = ++this.said;
    this.before = this.before
      .then(() => this.log.later(number, message))
      .catch((error: unknown) => {
        if (!(error instanceof MovedOn))
          this.warn('what a server said after its answer could not be sent', error);
      });
    return this.before;
  }

  private whyTooMuch(message: JSONRPCNotification): string | undefined {
    this.bytes += jsonBytes(message);
    return this.bytes > MAXIMUM_SAID_BYTES ? 'its server has said too much after its answer' : undefined;
  }
}
