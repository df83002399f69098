/**
 * Sends what a call says while it runs to its session, in order. Signals that are sent at the same time overtake each other,
 * so one is in flight at a time, and what comes meanwhile goes together with the next.
 */
import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { JSONRPCNotification } from '../src/protocol/mcp';
import { EMIT_SIGNAL, type Emit, type EmitSignal } from '../src/protocol/signals';
import { MAXIMUM_STORED_BYTES, whyNotStorable } from './storable';

/** A handler that says more than this ahead of Temporal waits: the worker's memory is not a queue. */
const MAXIMUM_QUEUED_BYTES = 1_000_000;

/** Of what a server says of itself, not of a request; everything else that is said during a call belongs to the call. */
const FOR_THE_SESSION = /^notifications\/(tools|prompts|resources)\//;

export class Emitter {
  private queue: { emit: Emit; bytes: number }[] = [];
  private queuedBytes = 0;
  private sending: Promise<void> | undefined;
  private failure: unknown;

  constructor(
    private readonly handle: WorkflowHandle,
    private readonly call: string,
    private readonly attempt: number,
  ) {}

  /** Resolves when there is room for more, not when it is stored; {@link flush} says that. */
  async notify(message: JSONRPCNotification, relatesToRequest: boolean): Promise<void> {
    const problem = whyNotStorable(message);
    if (problem) throw new Error(`The notification ${message.method} cannot be sent: ${problem}.`);
    const to = FOR_THE_SESSION.test(message.method) && !relatesToRequest ? 'session' : 'call';
    const bytes = Buffer.byteLength(JSON.stringify(message));
    this.queue.push({ emit: { to, message }, bytes });
    this.queuedBytes += bytes;
    this.sending ??= this.send();
    if (this.queuedBytes > MAXIMUM_QUEUED_BYTES) await this.sending;
  }

  /** Everything said so far is durable. @throws what kept it from being sent. */
  async flush(): Promise<void> {
    await this.sending;
    if (this.failure !== undefined) throw this.failure;
  }

  private async send(): Promise<void> {
    try {
      for (let batch = this.nextBatch(); batch.length > 0; batch = this.nextBatch()) {
        await this.handle.signal<[EmitSignal]>(EMIT_SIGNAL, {
          call: this.call,
          attempt: this.attempt,
          emits: batch,
        });
      }
    } catch (error) {
      // The session has ended, so nobody listens; the next heartbeat cancels this attempt.
      if (!(error instanceof WorkflowNotFoundError)) this.failure = error;
    } finally {
      this.sending = undefined;
    }
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
