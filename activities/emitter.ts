/**
 * Sends what a call says while it runs to its session, in order. Signals that are sent at the same time overtake each other,
 * so one is in flight at a time, and what comes meanwhile goes together with the next. A call that says much is sent ever less
 * often, since a run takes 10,000 signals in all and cannot be continued as new while a call is running.
 */
import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { JSONRPCNotification } from '../src/protocol/mcp';
import { EMIT_SIGNAL, type Emit, type EmitSignal } from '../src/protocol/signals';
import { MAXIMUM_STORED_BYTES, whyNotStorable } from './storable';

/** A handler that says more than this ahead of Temporal waits: the worker's memory is not a queue. */
const MAXIMUM_QUEUED_BYTES = 1_000_000;
/** Temporal stops a run at 50 MB of history, and takes all of its calls with it. */
const MAXIMUM_SAID_BYTES = 8_000_000;

/** Of what a server says of itself, not of a request; everything else that is said during a call belongs to the call. */
const FOR_THE_SESSION = /^notifications\/(tools|prompts|resources)\//;

/** Milliseconds between a call's signals: the first goes at once, a chatty call's once a second, after about an hour every ten. */
const paceMs = (sent: number): number => (sent < 4_000 ? Math.min(25 * sent, 1_000) : 10_000);

export class Emitter {
  private queue: { emit: Emit; bytes: number }[] = [];
  private queuedBytes = 0;
  private sending: Promise<void> | undefined;
  private failure: unknown;
  private saidBytes = 0;
  private sent = 0;
  private sentAt = 0;
  private hurry: (() => void) | undefined;
  private flushing = 0;

  constructor(
    private readonly handle: WorkflowHandle,
    private readonly call: string,
    private readonly attempt: number,
  ) {}

  /** Resolves when there is room for more, not when it is stored; {@link flush} says that. @throws what keeps it from being sent. */
  async notify(message: JSONRPCNotification, relatesToRequest: boolean): Promise<void> {
    const problem = whyNotStorable(message);
    if (problem) throw new Error(`The notification ${message.method} cannot be sent: ${problem}.`);
    const to = FOR_THE_SESSION.test(message.method) && !relatesToRequest ? 'session' : 'call';
    const bytes = Buffer.byteLength(JSON.stringify(message));
    if (this.saidBytes + bytes > MAXIMUM_SAID_BYTES) {
      throw new Error(
        `The call has said ${MAXIMUM_SAID_BYTES} bytes, which is the limit; say less, or in several calls.`,
      );
    }
    this.saidBytes += bytes;
    this.add({ to, message }, bytes);
    if (this.queuedBytes > MAXIMUM_QUEUED_BYTES) await this.flush();
  }

  /** The node closes the connection after what was said so far; the client comes back for the rest. */
  closeConnection(): void {
    this.add({ to: 'connection' }, 0);
  }

  /** Everything said so far is durable. @throws what kept it from being sent. */
  async flush(): Promise<void> {
    this.flushing++;
    this.hurry?.();
    await this.sending;
    this.flushing--;
    if (this.failure !== undefined) throw this.failure;
  }

  private add(emit: Emit, bytes: number): void {
    this.queue.push({ emit, bytes });
    this.queuedBytes += bytes;
    this.sending ??= this.send();
  }

  private async send(): Promise<void> {
    try {
      while (this.queue.length > 0) {
        await this.pace();
        const batch = this.nextBatch();
        await this.handle.signal<[EmitSignal]>(EMIT_SIGNAL, {
          call: this.call,
          attempt: this.attempt,
          emits: batch,
        });
        this.failure = undefined;
        this.sent++;
        this.sentAt = Date.now();
      }
    } catch (error) {
      // The session has ended, so nobody listens; the next heartbeat cancels this attempt.
      if (!(error instanceof WorkflowNotFoundError)) this.failure = error;
    } finally {
      this.sending = undefined;
    }
  }

  /** Waits for the next signal's turn; not while somebody waits for the flush. */
  private async pace(): Promise<void> {
    const waitMs = this.sentAt + paceMs(this.sent) - Date.now();
    if (waitMs <= 0 || this.flushing > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private nextBatch(): Emit[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: size } of this.queue) {
      if (count > 0 && bytes + size > MAXIMUM_STORED_BYTES) break;
      bytes += size;
      count++;
    }
    this.queuedBytes -= bytes;
    return this.queue.splice(0, count).map(({ emit }) => emit);
  }
}
