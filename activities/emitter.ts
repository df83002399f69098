/**
 * Sends what a call says while it runs to its session, in order. Signals that are sent at the same time overtake each other,
 * so one is in flight at a time, and what comes meanwhile goes together with the next. A call that says much is sent ever less
 * often, since a run takes 10,000 signals in all and cannot be continued as new while a call is running.
 */
import { createHash } from 'node:crypto';
import { jsonBytes } from '../src/wire/bytes';
import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, RequestId } from '../src/mcp/protocol';
import { MessageDeduplicator } from '../src/model/messageDeduplicator';
import type { Emit } from '../src/wire/signals';
import { deliveryScopeOf } from '../src/mcp/deliveryScope';
import { LimitExceeded } from '../src/api/errors';
import { MovedOn, type CallLog } from './callLog';
import { currentStep } from './currentStep';
import type { Step } from './step';
import { MAXIMUM_STORED_BYTES, whyNotStorable } from './storable';
import type { MessageFingerprint, DeduplicatorSnapshot } from '../src/wire/snapshots';

/** A handler that says more than this ahead of Temporal waits: the worker's memory is not a queue. */
const MAXIMUM_QUEUED_BYTES = 1_000_000;
/** Of a call, all of its attempts together: Temporal stops a run at 50 MB of history, and takes all of its calls with it. */
const MAXIMUM_SAID_BYTES = 8_000_000;

/** Milliseconds between a call's signals: the first goes at once, a chatty call's once a second, after about an hour every ten. */
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
  private saidBytes = 0;
  private sent = 0;
  private sentAt = 0;
  private hurry: (() => void) | undefined;
  private flushing = 0;

  private closed = false;
  private readonly said: MessageDeduplicator;
  private readonly timesSaid = new Map<string, number>();

  /** `saidBefore`: what earlier legs of the call said, which is not sent again. */
  constructor(
    private readonly log: Pick<CallLog, 'emit'>,
    saidBefore?: DeduplicatorSnapshot,
    /** The call has said too much: it ends with this error, whether or not its handler waits for what it says. */
    private readonly onLimit: (error: LimitExceeded) => void = () => undefined,
  ) {
    this.said = new MessageDeduplicator(saidBefore);
  }

  /** Counts the bytes that earlier attempts said. This attempt sends the same messages again, and readers of the log leave the repetitions out. */
  count(saidBytes: number): void {
    this.saidBytes += saidBytes;
  }

  /** Resolves when there is room for more, not when it is stored; {@link flush} says that. @throws what keeps it from being sent. */
  async notify(message: JSONRPCNotification, relatesToRequest: boolean): Promise<void> {
    await this.say(deliveryScopeOf(message, relatesToRequest), message, this.markOf(message));
  }

  /** A request to the client. `message.id` is the same at every attempt, and only the first that asks is heard. */
  ask(message: JSONRPCRequest, { name, within }: Step, timeoutMs?: number): Promise<void> {
    return this.say('call', message, [hashOf(name, message.id), 1], { step: name, within, timeoutMs });
  }

  /** The client need not answer any more (specification 2025-11-25, cancellation). */
  cancelAsk(requestId: RequestId, { name: step }: Step, reason: string): Promise<void> {
    const params = { requestId, reason };
    const message = { jsonrpc: '2.0' as const, method: 'notifications/cancelled', params };
    return this.say('call', message, [hashOf(step, message), 1], { step });
  }

  /** What this and earlier legs have said, for the next. */
  saidSoFar(): DeduplicatorSnapshot {
    return this.said.snapshot();
  }

  /** Nothing more is taken: the call goes on in another attempt. */
  close(): void {
    this.closed = true;
  }

  /** Counts it as said once more by this attempt. */
  private markOf(said: unknown): MessageFingerprint {
    const hash = hashOf(currentStep.getStore(), said);
    const times = (this.timesSaid.get(hash) ?? 0) + 1;
    this.timesSaid.set(hash, times);
    return [hash, times];
  }

  private async say(
    to: 'call' | 'session',
    message: JSONRPCMessage,
    mark: MessageFingerprint,
    question: Pick<Extract<Emit, { to: 'call' | 'session' }>, 'step' | 'within' | 'timeoutMs'> = {},
  ): Promise<void> {
    if (this.closed) return;
    const what = 'method' in message ? message.method : 'message';
    const problem = whyNotStorable(message);
    if (problem) throw new Error(`The message ${what} cannot be sent: ${problem}.`);
    if (!this.said.isNew(mark, message)) return;
    const emit = { to, message, mark, ...question };
    const bytes = jsonBytes(emit); // of small messages, the mark is a good part
    if (this.saidBytes + bytes > MAXIMUM_SAID_BYTES) {
      const error = new LimitExceeded(
        `The call has said ${MAXIMUM_SAID_BYTES} bytes in all of its attempts, which is the limit; say less, or in several calls.`,
      );
      this.onLimit(error);
      throw error;
    }
    this.saidBytes += bytes;
    this.add(emit, bytes);
    if (this.queuedBytes > MAXIMUM_QUEUED_BYTES) await this.flush();
  }

  /** The node closes the connection after what was said so far; the client comes back for the rest. */
  closeConnection(): void {
    const mark = this.markOf('connection');
    if (!this.closed && this.said.isNew(mark)) this.add({ to: 'connection', mark }, 0);
  }

  /** Everything said so far is durable. @throws what kept it from being sent. */
  async flush(): Promise<void> {
    this.flushing++;
    this.hurry?.();
    if (this.queue.length > 0) this.sending ??= this.send(); // what could not be sent before
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
        // It stays in the queue until it is durable. Sent twice, it is heard once: it is marked.
        await this.log.emit(batch.map(({ emit }) => emit));
        this.queue.splice(0, batch.length);
        batch.forEach(({ bytes }) => (this.queuedBytes -= bytes));
        this.failure = undefined;
        this.sent++;
        this.sentAt = performance.now();
      }
    } catch (error) {
      if (error instanceof LimitExceeded) this.onLimit(error);
      else if (!(error instanceof MovedOn)) this.failure = error;
      // The log takes no more; or the session has ended, so nobody listens, and the next heartbeat cancels this attempt.
      if (this.failure === undefined)
        this.queue.splice(0).forEach(({ bytes }) => (this.queuedBytes -= bytes));
    } finally {
      this.sending = undefined;
    }
  }

  /** Waits for the next signal's turn; not while somebody waits for the flush. */
  private async pace(): Promise<void> {
    const waitMs = this.sentAt + paceMs(this.sent) - performance.now();
    if (waitMs <= 0 || this.flushing > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.hurry = () => {
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

/** Of the text, and of the step in which it was said: an attempt that skips the step skips what it said. */
const hashOf = (step: string | undefined, text: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([step, text]))
    .digest('base64')
    .slice(0, 16);
