/**
 * The requests of the client above: its ids and progress tokens stay its own, and those on the wire are this
 * client's. A request is joined, cancelled and told of its progress here.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, RequestId } from '../../wire/messages';
import type { Calls } from './calls';
import type { Channel } from './channel';
import { joinByKey } from './joinByKey';
import { cancelled, type OpenCall } from './openCall';
import type { Records } from './records';
import { takeMeta, withWireIds } from './rewriting';
import { ToolHints } from './toolHints';
import type { WireIds } from './wireIds';

/** A request of the client that is not answered yet. */
interface Wanted {
  /** Absent until the call is open. */
  call?: OpenCall;
  isCancelled: boolean;
}

export interface RequestParts {
  readonly ids: WireIds;
  readonly calls: Calls;
  readonly records: Records;
  readonly channel: Channel;
  deliver(message: JSONRPCMessage): void;
  /** @throws LeaseLost, Closed */
  assertLease(): Promise<void>;
  /** @throws Closed */
  assertOpen(): void;
}

export class ClientRequests {
  private readonly hints = new ToolHints();
  /** By the client's ids. */
  private readonly wanted = new Map<RequestId, Wanted>();
  /** Words to the server that a call is cancelled, on their way. */
  private readonly cancelling = new Set<Promise<void>>();

  constructor(private readonly parts: RequestParts) {}

  /** Resolves when the answer has been delivered. @throws McpClientError */
  async send(message: JSONRPCRequest): Promise<void> {
    const { ids, calls, records, deliver, assertLease, assertOpen } = this.parts;
    const { plain, key, id = ids.next(), idempotent } = takeMeta(message);
    const safe = idempotent || this.hints.isSafe(message);
    const wanted: Wanted = { isCancelled: false };
    this.wanted.set(message.id, wanted);
    const assertWanted = () => {
      assertOpen();
      if (wanted.isCancelled) throw cancelled(message);
    };
    const attend = (call: OpenCall) => {
      assertWanted();
      call.waiters.push({ id: message.id, progressToken: message.params?._meta?.progressToken });
      wanted.call = call;
    };
    try {
      await assertLease();
      const start = { id, message: withWireIds(plain, id), key, safe };
      const response = await (key === undefined
        ? calls.start(start, attend)
        : joinByKey({ records, calls, prefix: ids.prefix }, { ...start, key }, attend, assertWanted));
      this.hints.learn(message, response);
      deliver({ ...response, id: message.id });
    } finally {
      this.wanted.delete(message.id);
    }
  }

  /** A call for which others wait too goes on. */
  async cancel(message: JSONRPCNotification): Promise<void> {
    const id = message.params?.requestId as RequestId;
    const wanted = this.wanted.get(id);
    if (!wanted) return;
    wanted.isCancelled = true;
    const { call } = wanted;
    if (!call) return;
    call.waiters.splice(0, call.waiters.length, ...call.waiters.filter((waiter) => waiter.id !== id));
    if (call.waiters.length > 0) return;
    const isKnown = call.mayHaveArrived || call.lastEventId !== undefined;
    call.stop(cancelled(call.message, isKnown));
    if (!isKnown) return;
    const told = this.parts.channel.tell({ ...message, params: { ...message.params, requestId: call.id } });
    this.cancelling.add(told);
    await told.finally(() => this.cancelling.delete(told));
  }

  /** `call`: the request on whose stream it came. */
  progress(message: JSONRPCNotification, call?: OpenCall): void {
    const { progressToken } = message.params ?? {};
    const about = typeof progressToken === 'string' ? this.parts.calls.get(progressToken) : undefined;
    for (const waiter of (about ?? call)?.waiters ?? []) {
      if (waiter.progressToken === undefined) continue;
      this.parts.deliver({ ...message, params: { ...message.params, progressToken: waiter.progressToken } });
    }
  }

  /** Else a caller who cancels and closes at once leaves a call that runs on. (`clientCommand.test.ts`) */
  async cancellationsTold(mostMs: number): Promise<void> {
    if (this.cancelling.size === 0) return;
    const limit = pause(mostMs, undefined, { ref: false });
    await Promise.race([Promise.allSettled(this.cancelling), limit]);
  }
}
