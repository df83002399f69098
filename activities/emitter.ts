/**
 * Sends the messages of a running call to its session, in order. Concurrent signals may overtake each other, so
 * only one is in flight; messages queued meanwhile go together in the next. A call that sends much signals ever
 * less often: a run takes 10,000 signals, and cannot continue as new while a call is running.
 */
import { createHash } from 'node:crypto';
import { jsonBytes } from '../src/wire/bytes';
import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, RequestId } from '../src/mcp/protocol';
import { MessageDeduplicator } from '../src/model/messageDeduplicator';
import type { Emit } from '../src/wire/signals';
import { deliveryScopeOf } from '../src/mcp/deliveryScope';
import { AttemptEnded, LimitExceeded } from '../src/api/errors';
import { MovedOn, type CallLog } from './callLog';
import { currentStep } from './currentStep';
import type { Step } from './step';
import { MAXIMUM_STORED_BYTES, whyNotStorable } from './storable';
import type { MessageFingerprint, DeduplicatorSnapshot } from '../src/wire/snapshots';

/** A handler that is this far ahead of Temporal waits, which bounds the worker's memory. */
const MAXIMUM_QUEUED_BYTES = 1_000_000;
/** Limit for a call, over all of its attempts: Temporal terminates a run at 50 MB of history, with all of its calls. */
const MAXIMUM_EMITTED_BYTES = 8_000_000;

/**
 * The least interval between two signals of a call: none before the first, up to one second in a long call, ten
 * seconds after 4,000 signals (about an hour).
 */
const paceMs = (sent: number): number => (sent < 4_000 ? Math.min(25 * sent, 1_000) : 10_000);

interface Queued {
  readonly emit: Emit;
  readonly bytes: number;
}

export class Emitter {
  private readonly queue: Queued[] = [];
  private queuedBytes = 0;
  private sending: Promise<void> | undefined;
  private failure: unknown;
  private emittedBytes = 0;
  private sent = 0;
  private sentAt = 0;
  private skipPace: (() => void) | undefined;
  private flushing = 0;

  private closed = false;
  private readonly deduplicator: MessageDeduplicator;
  private readonly occurrences = new Map<string, number>();

  /** `snapshot`: the messages of the call's earlier executions, which are not sent again. */
  constructor(
    private readonly log: Pick<CallLog, 'emit'>,
    snapshot?: DeduplicatorSnapshot,
    /**
     * Called when the call exceeds a limit. The call then ends with this error, even if its handler does not
     * await its messages.
     */
    private readonly onLimit: (error: LimitExceeded) => void = () => undefined,
  ) {
    this.deduplicator = new MessageDeduplicator(snapshot);
  }

  /**
   * Adds the bytes of earlier attempts. This attempt emits the same messages again; readers of the log drop the
   * repetitions.
   */
  count(emittedBytes: number): void {
    this.emittedBytes += emittedBytes;
  }

  /**
   * Resolves when the queue has room for more messages, not when the message is durable: see {@link flush}.
   * @throws the reason why the message cannot be sent
   */
  async notify(message: JSONRPCNotification, relatesToRequest: boolean): Promise<void> {
    await this.enqueue(deliveryScopeOf(message, relatesToRequest), message, this.fingerprintOf(message));
  }

  /**
   * Queues a request to the client. `message.id` is the same at every attempt; only the first request reaches
   * the client.
   */
  ask(message: JSONRPCRequest, { name, within }: Step, timeoutMs?: number): Promise<void> {
    return this.enqueue('call', message, [hashOf(name, message.id), 1], { step: name, within, timeoutMs });
  }

  /** Cancels a request to the client (specification 2025-11-25, cancellation). */
  cancelAsk(requestId: RequestId, { name: step }: Step, reason: string): Promise<void> {
    const params = { requestId, reason };
    const message = { jsonrpc: '2.0' as const, method: 'notifications/cancelled', params };
    return this.enqueue('call', message, [hashOf(step, message), 1], { step });
  }

  /** Fingerprints of the messages of this and earlier executions, for the next execution. */
  snapshot(): DeduplicatorSnapshot {
    return this.deduplicator.snapshot();
  }

  /** Ignores all later messages: the call continues in another attempt. */
  close(): void {
    this.closed = true;
  }

  /** The fingerprint of the next occurrence of `message` in this attempt. */
  private fingerprintOf(message: unknown): MessageFingerprint {
    const hash = hashOf(currentStep.getStore(), message);
    const times = (this.occurrences.get(hash) ?? 0) + 1;
    this.occurrences.set(hash, times);
    return [hash, times];
  }

  private async enqueue(
    to: 'call' | 'session',
    message: JSONRPCMessage,
    mark: MessageFingerprint,
    question: Pick<Extract<Emit, { to: 'call' | 'session' }>, 'step' | 'within' | 'timeoutMs'> = {},
  ): Promise<void> {
    if (this.closed) return;
    const what = 'method' in message ? message.method : 'message';
    const problem = whyNotStorable(message);
    if (problem) throw new Error(`The message ${what} cannot be sent: ${problem}.`);
    if (!this.deduplicator.isNew(mark, message)) return;
    const emit = { to, message, mark, ...question };
    const bytes = jsonBytes(emit); // with the fingerprint, which is a good part of a small message
    if (this.emittedBytes + bytes > MAXIMUM_EMITTED_BYTES) {
      const error = new LimitExceeded(
        `The call has said ${MAXIMUM_EMITTED_BYTES} bytes in all of its attempts, which is the limit; say less, or in several calls.`,
      );
      this.onLimit(error);
      throw error;
    }
    this.emittedBytes += bytes;
    this.push(emit, bytes);
    if (this.queuedBytes > MAXIMUM_QUEUED_BYTES) await this.flush();
  }

  /** Lets the node close the client's connection after the messages so far; the client reconnects for the rest. */
  closeConnection(): void {
    const mark = this.fingerprintOf('connection');
    if (!this.closed && this.deduplicator.isNew(mark)) this.push({ to: 'connection', mark }, 0);
  }

  /** Resolves when all messages so far are durable. @throws the reason why they could not be sent */
  async flush(): Promise<void> {
    this.flushing++;
    this.skipPace?.();
    if (this.queue.length > 0) this.sending ??= this.send(); // retry after a failure
    await this.sending;
    this.flushing--;
    if (this.failure !== undefined) throw this.failure;
  }

  private push(emit: Emit, bytes: number): void {
    this.queue.push({ emit, bytes });
    this.queuedBytes += bytes;
    this.sending ??= this.send();
  }

  private async send(): Promise<void> {
    try {
      while (this.queue.length > 0) {
        await this.pace();
        const batch = this.nextBatch();
        // The batch stays in the queue until it is durable. A batch that is sent twice is deduplicated by its
        // fingerprints.
        await this.log.emit(batch.map(({ emit }) => emit));
        this.queue.splice(0, batch.length);
        batch.forEach(({ bytes }) => (this.queuedBytes -= bytes));
        this.failure = undefined;
        this.sent++;
        this.sentAt = performance.now();
      }
    } catch (error) {
      if (error instanceof LimitExceeded) this.onLimit(error);
      else if (!(error instanceof MovedOn || error instanceof AttemptEnded)) this.failure = error;
      // The log is full, or the attempt is over, or the session: then the next heartbeat cancels this attempt.
      if (this.failure === undefined)
        this.queue.splice(0).forEach(({ bytes }) => (this.queuedBytes -= bytes));
    } finally {
      this.sending = undefined;
    }
  }

  /** Waits until the next signal may be sent, or until `flush` is called. */
  private async pace(): Promise<void> {
    const waitMs = this.sentAt + paceMs(this.sent) - performance.now();
    if (waitMs <= 0 || this.flushing > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.skipPace = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private nextBatch(): Queued[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: size } of this.queue) {
      if (count > 0 && bytes + size > MAXIMUM_STORED_BYTES) break;
      bytes += size;
      count++;
    }
    return this.queue.slice(0, count);
  }
}

/** Hashes the message and its step: an attempt that skips the step also skips its messages. */
const hashOf = (step: string | undefined, text: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([step, text]))
    .digest('base64')
    .slice(0, 16);
