/**
 * Follows the end of one session's log by long-polls, which add no events. A node has one tail per session
 * for any number of streams; each stream is a subscription.
 */
import type { LogRef } from '../wire/logRef';
import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { isSessionNotFound, sessionNotFound } from '../mcp/refusal';
import type { StreamId } from '../wire/eventId';
import { callKey } from '../wire/call';
import type { JSONRPCMessage, RequestId } from '../wire/messages';
import type { StreamEvent } from './streamEvent';
import { endOfLog, isNotFound, type End } from './end';
import type { SessionEvent } from './history';
import { SessionProjection } from './sessionProjection';
import { Progress, notReadInTime } from './progress';
import type { RunLoad } from './runLoad';
import { RunReader } from './runReader';
import { Subscription, type Reader } from './subscription';

/** A long-poll returns after 20 s at the latest. */
const LIVE_MS = 25_000;
/** A long-poll that has been open longer than this found no unread events when it began. */
const SOON_MS = 250;
const RETRY_MS = { first: 100, most: 2_000 };
/**
 * Longest pause while one of Temporal's limits is reached, so that a node's tails do not prolong the
 * shortage.
 */
const RETRY_IN_SHORTAGE_MS = 15_000;
/** How long to wait for a workflow task: within 5 s the task times out or writes its end. */
const TASK_MS = 10_000;
/** Pause between two checks whether the task has ended. */
const LOOK_MS = { first: 10, most: 200 };

/** Takes warnings for operators: a node's log, or an activity's. */
export interface TailLog {
  warn(about: object, text: string): void;
}

/** The session is known once {@link open} has resolved. */
export class Tail extends SessionProjection {
  /** By the monotonic clock, `performance.now()`. */
  private readAt = -Infinity;
  /** Start of the first long-poll since the last {@link pause}. */
  private followingSince: number | undefined;
  /** Called for each notification and response of the client from now on. */
  readonly onNotified = new Set<(message: JSONRPCMessage) => void>();
  /** Called for each session event from now on: a waiting attempt needs more events than clients do. */
  readonly onSessionEvent = new Set<(sessionEvent: SessionEvent) => void>();

  private readonly subscriptions = new Set<Subscription>();
  private closed = false;
  /** The events from before {@link open} have been read. */
  private isOpen = false;
  /**
   * Aborts the long-poll in flight. A new one for each: the client adds a listener to the signal at each call
   * and never removes it.
   */
  private polling = new AbortController();
  private readonly reader: RunReader;
  private readonly progress = new Progress();
  /** See {@link pause}. */
  private paused = false;
  private wakeFollower: (() => void) | undefined;
  private warned = false;
  /** The last event that Temporal is known to have; reading up to it does not have to wait. */
  private known: Pick<End, 'run' | 'event'> = { run: '', event: 0 };

  private constructor(
    private readonly client: Client,
    readonly ref: LogRef,
    run: string,
    private readonly log: TailLog,
  ) {
    super();
    this.reader = new RunReader(client, ref, run, (sessionEvent, events) => {
      this.take(sessionEvent, events);
    });
  }

  /** The load of the current run, as far as it has been read. */
  get load(): RunLoad {
    return this.reader.load;
  }

  /** Resolves once all events that the log had at the time of the call have been read. @throws Refusal 404 */
  static async open(client: Client, ref: LogRef, log: TailLog): Promise<Tail> {
    const end = await endOfLog(client, ref);
    const tail = new Tail(client, ref, end.run, log);
    void tail.follow();
    await tail.hasRead(end).catch((error: unknown) => {
      tail.close();
      throw error;
    });
    tail.assertThere();
    tail.isOpen = true;
    return tail;
  }

  /**
   * Resolves if the session exists, as far as this node can know. If the node has not followed the log
   * lately, it asks Temporal; otherwise Temporal may be away. (`endedSession.test.ts`,
   * `everythingRestarts.test.ts`) @throws Refusal 404
   */
  async makeSure(): Promise<void> {
    const now = performance.now();
    const follows = this.followingSince !== undefined && now - this.followingSince >= SOON_MS;
    if (!follows || now - this.readAt >= LIVE_MS) return this.catchUp();
    this.assertThere();
  }

  /**
   * Resolves once every signal accepted before the call has been read. Signals that come during a workflow
   * task enter the log only at the task's end. @throws Refusal 404
   */
  async catchUp(): Promise<void> {
    const end = await this.end();
    await this.hasRead(end);
    if (end.task !== undefined) await this.hasRead(await this.afterTask(end));
    this.assertThere();
  }

  /** Whether the log, as far as it has been read, has a request with this id. */
  knows(id: RequestId): boolean {
    return this.reader.knows(callKey(id));
  }

  /** The stream's events from now on, until the reader has left or the tail ends. */
  subscribe(stream: StreamId, reader: Reader): Subscription {
    const { gone } = reader;
    const subscription = new Subscription(stream, reader);
    this.subscriptions.add(subscription);
    const close = () => {
      subscription.close();
    };
    subscription.onClose = () => {
      this.subscriptions.delete(subscription);
      gone.removeEventListener('abort', close);
    };
    gone.addEventListener('abort', close);
    if (this.ended || this.closed || gone.aborted) subscription.close();
    return subscription;
  }

  /** Pauses the long-poll until {@link resume}; {@link readUpTo} and {@link catchUp} still work. */
  pause(): void {
    this.paused = true;
    if (!this.progress.isAwaited) this.polling.abort();
  }

  resume(): void {
    this.paused = false;
    this.wakeFollower?.();
  }

  /** Resolves once the log has been read up to `event` and its readers have got their events. */
  readUpTo(run: string, event: number): Promise<void> {
    return this.hasRead({ run, event });
  }

  /** Closes the tail; the session continues. */
  close(): void {
    this.closed = true;
    this.wakeFollower?.();
    this.polling.abort();
    this.subscriptions.forEach((subscription) => {
      subscription.close();
    });
    this.progress.end();
  }

  private end(): Promise<End> {
    return endOfLog(this.client, this.ref).catch((error: unknown) => {
      if (isSessionNotFound(error)) {
        this.ended = true; // its log is gone: Temporal keeps no history for ever
        this.close();
      }
      throw error;
    });
  }

  /**
   * The log's end after the running task has ended: another task runs, or none, or the log has grown. A task
   * that only refuses an update writes no event (`refusedUpdates.test.ts`). @throws Refusal 503
   */
  private async afterTask({ run, event, task }: End): Promise<End> {
    const deadline = performance.now() + TASK_MS;
    for (let pauseMs = LOOK_MS.first; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS.most)) {
      await this.progress.grown({ run, event }, pauseMs, () => this.wakeFollower?.());
      const end = await this.end();
      if (end.task !== task || end.run !== run || end.event > event) return end;
      if (performance.now() > deadline) throw notReadInTime();
    }
  }

  private assertThere(): void {
    if (this.ended) throw sessionNotFound();
  }

  private hasRead(end: Pick<End, 'run' | 'event'>): Promise<void> {
    if (end.run !== this.known.run || end.event > this.known.event) this.known = end;
    return this.progress.reached(end, () => this.wakeFollower?.());
  }

  private async follow(): Promise<void> {
    let retryMs = RETRY_MS.first;
    while (!this.ended && !this.closed) {
      if (this.paused && !this.progress.isAwaited) {
        this.followingSince = undefined;
        await new Promise<void>((resolve) => (this.wakeFollower = resolve));
        continue;
      }
      try {
        this.followingSince ??= performance.now();
        await this.readOn();
        this.progress.notify();
        retryMs = RETRY_MS.first;
      } catch (error) {
        if (this.closed) break;
        if (this.polling.signal.aborted && isCancelled(error)) continue; // by pause(), although resume() may have been called since
        if (isNotFound(error)) {
          this.log.warn(
            { session: this.ref.id, run: this.reader.run },
            'the log is gone: it was removed, or Temporal has another database',
          );
          this.ended = true;
          break;
        }
        this.log.warn({ session: this.ref.id, err: error }, 'the log could not be read; trying again');
        if (isGrpcServiceError(error) && error.code === GrpcStatus.INVALID_ARGUMENT) this.reader.rereadRun();
        const isShort = isGrpcServiceError(error) && error.code === GrpcStatus.RESOURCE_EXHAUSTED;
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
        retryMs = Math.min(retryMs * 2, isShort ? RETRY_IN_SHORTAGE_MS : RETRY_MS.most);
      }
    }
    this.close();
  }

  /** Reads one page and hands its events on. */
  private async readOn(): Promise<void> {
    this.polling = new AbortController();
    const page = await this.reader.readPage(this.known, this.polling.signal);
    this.readAt = performance.now();
    this.progress.reach(page.run, page.lastEvent);
    if (page.isEnd) this.ended = true;
  }

  private take(sessionEvent: SessionEvent, events: StreamEvent[]): void {
    if (sessionEvent.kind === 'malformed') this.warnOnce(sessionEvent.what);
    this.noteActivity(sessionEvent, this.isOpen);
    this.onSessionEvent.forEach((tell) => {
      tell(sessionEvent);
    });
    events.forEach((event) => {
      this.hand(event);
    });
  }

  private warnOnce(what: string): void {
    if (!this.warned)
      this.log.warn(
        { session: this.ref.id, what },
        'the session was sent a message that is not of its form, which is skipped; see who else writes to the namespace. Further ones are skipped without a word',
      );
    this.warned = true;
  }

  private hand(event: StreamEvent): void {
    this.learn(event);
    if (event.kind === 'notified') {
      this.onNotified.forEach((tell) => {
        tell(event.message);
      });
    }
    this.subscriptions.forEach((subscription) => {
      subscription.push(event);
    });
  }
}

const isCancelled = (error: unknown): boolean =>
  isGrpcServiceError(error) && error.code === GrpcStatus.CANCELLED;
