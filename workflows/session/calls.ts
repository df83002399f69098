/** A session's calls: those in flight, and those that wait for a free slot or for the next run. */
import { callKey, type CallInput, type CallRequest, type SuspendedCall } from '../../src/wire/call';
import type { JSONRPCResponse } from '../../src/wire/messages';
import type { SessionState } from '../../src/wire/session';
import { Call, type CallContext, type Coming } from '../call/call';
import type { RunLength } from '../runLength';
import type { RunParts } from '../runParts';
import type { CommandBudget } from '../commandBudget';
import { Turns } from '../turns';
import { listTool, showCalls } from '../temporalUi';
import { has } from '../changes';

/**
 * Temporal allows 2,000 pending activities of a workflow; a workflow task that schedules more fails again and
 * again, and the session stops for good. This is far below, since calls slow each other down: 2,100 calls at
 * once took 43 s with this limit, and 80 s with 1,500. Suspended calls count, since all of them can wake at
 * once. (`crowdedSession.test.ts`)
 */
const MAXIMUM_IN_FLIGHT = 500;
/** Running calls, which occupy slots of workers: one session must not take them all. (`manyWait.test.ts`) */
const MAXIMUM_RUNNING = 100;

/** What a session's calls need of it. */
export interface CallsContext extends Pick<CallContext, 'isDraining' | 'sentToSession' | 'isOf03'> {
  info(): Pick<CallInput, 'session' | 'logLevel'>;
  hasEnded(): void;
  /** Wakes the nodes with these task queues. */
  wake(queues: string[]): void;
  readonly listsTools: boolean;
}

export class Calls {
  private readonly inFlight = new Map<string, Call>();
  /** By call, in flight or waiting: the task queue on which to wake the node that holds its stream. */
  private readonly wakeAt = new Map<string, string>();
  private readonly waiting: CallRequest[] = [];
  private readonly context: CallContext;
  private readonly parts: RunParts;

  constructor(
    private readonly session: CallsContext,
    budget: CommandBudget,
    length: RunLength,
  ) {
    this.parts = { budget, length, turns: new Turns() };
    const executionInfo = () => ({ ...session.info(), inFlight: this.inFlight.size });
    const hasFreeSlot = () => this.running.length < MAXIMUM_RUNNING;
    const slotFreed = () => {
      if (session.isOf03) this.startWaiting(); // in earlier runs suspended calls kept their slots
    };
    this.context = { ...session, executionInfo, hasFreeSlot, slotFreed };
  }

  /** Takes over the calls of the previous run. */
  restore(suspended: readonly SuspendedCall[], waiting: readonly CallRequest[]): void {
    for (const call of suspended) this.start(call, { carried: call });
    this.waiting.push(...waiting);
    [...suspended, ...waiting].forEach((request) => {
      this.note(request);
    });
    this.startWaiting();
  }

  /** `cancelled`: the reason, if the client has cancelled the call already. */
  take(request: CallRequest, cancelled?: string): void {
    if (cancelled !== undefined || !this.mustWait()) this.start(request, { cancelled });
    else {
      this.waiting.push(request);
      this.show();
    }
    this.note(request);
  }

  private note({ message, wakeAt }: CallRequest): void {
    if (wakeAt !== undefined) this.wakeAt.set(callKey(message.id), wakeAt);
  }

  /**
   * Sets the task queue on which to wake the node that holds the call's stream; `undefined` if no node is to
   * be woken. Wakes the previous node once more.
   */
  awaitAt(key: string, wakeAt: string | undefined): void {
    const before = this.wakeAt.get(key);
    if (wakeAt === undefined) this.wakeAt.delete(key);
    else if (this.isOpen(key)) this.wakeAt.set(key, wakeAt);
    if (before !== undefined && before !== wakeAt) this.session.wake([before]); // it reads that another node has the stream, or that the call has ended
  }

  private isOpen(key: string): boolean {
    return this.inFlight.has(key) || this.waiting.some(({ message }) => callKey(message.id) === key);
  }

  /** Wakes the call's node, because the call has unread events. */
  wake(key: string): void {
    const wakeAt = this.wakeAt.get(key);
    if (wakeAt !== undefined) this.session.wake([wakeAt]);
  }

  /** The task queues of all nodes that are woken for a call's stream. */
  get wakeAtAll(): string[] {
    return [...this.wakeAt.values()];
  }

  get isFull(): boolean {
    return this.inFlight.size >= MAXIMUM_IN_FLIGHT;
  }

  private get running(): Call[] {
    return this.all().filter((call) => !call.isSuspended);
  }

  /** First come, first served. */
  startWaiting(): void {
    while (!this.mustWait()) {
      const request = this.waiting.shift();
      if (!request) return;
      this.start(request, { hasWaited: true });
    }
  }

  /** `key` is the call's {@link callKey}. */
  get(key: string): Call | undefined {
    return this.inFlight.get(key);
  }

  /** Takes a response of the client; returns whether it was for one of the calls. */
  takeAnswer(response: JSONRPCResponse): boolean {
    return this.all().some((call) => call.journal.takeAnswer(response));
  }

  cancel(key: string, reason: string): void {
    this.inFlight.get(key)?.cancel(reason);
    this.awaitAt(key, undefined);
    const index = this.waiting.findIndex(({ message }) => callKey(message.id) === key);
    if (index < 0) return;
    this.waiting.splice(index, 1);
    this.show();
  }

  /**
   * Hands the running calls of a full run over to the next, as far as they can be interrupted. They share the
   * bytes that may cross; a call that needs more than its share ends in this run, and the others wait for it.
   */
  handOver(maximumBytes: number): void {
    const { running } = this;
    running.forEach((call) => {
      call.handOver(Math.floor(maximumBytes / running.length));
    });
  }

  cancelAll(reason: string): void {
    for (const call of this.inFlight.values()) call.cancel(reason);
  }

  get haveEnded(): boolean {
    return this.inFlight.size === 0;
  }

  /** No call has an activity, which could not cross into the next run. */
  get areQuiet(): boolean {
    return this.all().every((call) => call.isSuspended);
  }

  /** Only the client can wake any of the calls. */
  get awaitClient(): boolean {
    return this.all().every((call) => call.awaitsClient);
  }

  describe(): Pick<SessionState, 'callsInFlight' | 'callsWaiting'> {
    return { callsInFlight: this.all().map((call) => call.describe()), callsWaiting: this.waiting.length };
  }

  /** The calls as input of the next run. */
  carry(): { suspended: SuspendedCall[]; waiting: CallRequest[] } {
    const { session } = this.session.info();
    const suspended = this.all().flatMap((call) => call.carry(session) ?? []);
    const withWakeAt = <T extends CallRequest>(request: T): T => ({
      ...request,
      wakeAt: this.wakeAt.get(callKey(request.message.id)),
    });
    return { suspended: suspended.map(withWakeAt), waiting: this.waiting.map(withWakeAt) };
  }

  private all(): Call[] {
    return [...this.inFlight.values()];
  }

  /**
   * Earlier versions had no limit. The patch's marker is an event, so most runs, which never reach the limit,
   * have none.
   */
  private mustWait(): boolean {
    if (this.session.isDraining()) return true;
    if (this.session.isOf03) return this.isFull || !this.context.hasFreeSlot();
    return this.isFull && has('calls wait for room');
  }

  private show(): void {
    showCalls(this.inFlight, this.waiting.length);
  }

  private start(request: CallRequest, coming: Coming = {}): void {
    const key = callKey(request.message.id);
    const call = new Call(request, this.context, this.parts, coming);
    this.inFlight.set(key, call);
    this.show();
    if (this.session.listsTools) listTool(call.describe());
    void call.run().finally(() => {
      this.inFlight.delete(key);
      this.awaitAt(key, undefined);
      this.show();
      this.session.hasEnded();
      this.startWaiting();
      call.endTurn?.();
    });
  }
}
