/** The session's own stream, over GET: what the server says beside its answers. It never harms a POST. */
import { Backoff } from '../core/backoff';
import type { ChannelContext } from '../core/channel';
import { parseMessage } from '../core/jsonRpc';
import type { Kept } from '../core/records';
import { EventIdWriter } from '../core/eventIdWriter';
import { ListeningRecord } from '../core/shapes';
import { LeaseLost } from '../errors';
import { discard, isEventStream, isTemporary, retryAfterMs } from './answers';
import { readEvents } from './events';
import type { HttpSession } from './session';
import type { Wire } from './wire';

export class Listening {
  private running: Promise<void> | undefined;
  private lastEventId: string | undefined;
  private kept: Kept<ListeningRecord> | undefined;
  /** Resolves when the questions that came so far are written down: a resumed stream does not say them again. */
  private noted: Promise<unknown> = Promise.resolve();
  private readonly writer = new EventIdWriter(() => void this.write());

  constructor(
    private readonly wire: Wire,
    private readonly session: HttpSession,
    private readonly context: ChannelContext,
    private readonly signal: AbortSignal,
  ) {}

  start(): void {
    this.running ??= this.run()
      .catch((error: unknown) => {
        if (!this.signal.aborted)
          this.context.settings.warn('The stream of the session is not read any more.', error);
      })
      .finally(() => {
        this.running = undefined;
      });
  }

  async ended(): Promise<void> {
    this.writer.stop();
    await this.running;
  }

  private async run(): Promise<void> {
    const { records, settings } = this.context;
    const backoff = new Backoff(settings.backoff);
    this.kept = await records.read('listening', ListeningRecord);
    let sessionId = this.kept?.value.sessionId;
    this.lastEventId = this.kept?.value.lastEventId;
    for (;;) {
      await this.context.assertLease();
      if (!this.context.ownsSession()) return;
      if (sessionId !== this.session.id) this.lastEventId = undefined;
      sessionId = this.session.id;
      const waitMs = await this.once(backoff, sessionId).catch((error: unknown) => {
        this.signal.throwIfAborted();
        if (error instanceof LeaseLost) throw error;
        return 0;
      });
      // A server need not have this stream, and then has all else.
      if (waitMs === 'none') return;
      await backoff.wait(waitMs, this.signal);
    }
  }

  /** Reads until the stream ends. Resolves with the pause that the server asked for. */
  private async once(backoff: Backoff, sessionId: string | undefined): Promise<number | 'none'> {
    const { lastEventId, signal, session } = this;
    const response = await this.wire.listen({ signal, session: session.headers, lastEventId });
    let retryMs = retryAfterMs(response) ?? 0;
    if (response.ok && isEventStream(response)) {
      const openedAt = performance.now();
      await readEvents(response, this.context.settings.silenceMs, {
        event: ({ id, data }) => {
          const message = data ? parseMessage(data) : undefined;
          if (message) {
            backoff.reset();
            const noted = this.context.incoming(message);
            if (noted) this.noted = Promise.all([this.noted, noted]);
          }
          if (id) this.at(id);
        },
        retry: (ms) => (retryMs = ms),
        canResume: () => this.lastEventId !== undefined,
      }).finally(() => {
        backoff.heardFor(performance.now() - openedAt);
      });
      return retryMs;
    }
    discard(response);
    if (response.status === 404) {
      if (sessionId === undefined || !(await session.isGone(sessionId, { method: 'GET', status: 404 })))
        return lastEventId === undefined ? 'none' : this.fromNow();
      return retryMs;
    }
    // The place is no longer there: what was said since is lost, which is no reason to hear nothing more.
    if (response.status === 400 && lastEventId !== undefined) return this.fromNow();
    return isTemporary(response.status) || response.status === 409 ? retryMs : 'none';
  }

  private fromNow(): number {
    this.lastEventId = undefined;
    return 0;
  }

  private at(eventId: string): void {
    this.lastEventId = eventId;
    this.writer.changed();
  }

  private async write(): Promise<void> {
    const { records, settings } = this.context;
    const { lastEventId } = this;
    const sessionId = this.session.id;
    if (lastEventId === undefined || sessionId === undefined) return;
    await this.noted;
    try {
      const value = { sessionId, lastEventId };
      this.kept = this.kept
        ? await records.replace(this.kept, value, settings.ttlMs)
        : await records.create('listening', value, settings.ttlMs);
      this.kept ??= await records.read('listening', ListeningRecord);
    } catch (error) {
      settings.warn('The place in the stream of the session cannot be written down.', error);
    }
  }
}
