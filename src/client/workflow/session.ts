/** The session with the server, in the state of the workflow: opened once for all calls, and again when it was lost. */
import { CancellationScope, condition } from '@temporalio/workflow';
import type { Activities } from './activities';
import type { OpenedSession } from './protocol';

/** Of the requests that a server can join, so many are left unused: the server counts some that are no calls. */
const MARGIN = 100;

export interface SessionState {
  readonly session?: OpenedSession;
  /** How many requests were sent in the session. */
  readonly requests: number;
}

export class Session {
  opened: OpenedSession | undefined;
  private requests: number;
  private opening: Promise<OpenedSession> | undefined;
  /** The counts of the calls that a further attempt may have to join. */
  private readonly joinable = new Set<number>();

  constructor(
    private readonly activities: Activities,
    private readonly arg: unknown,
    private readonly capabilities: { readonly [name: string]: object },
    state: SessionState,
  ) {
    this.opened = state.session;
    this.requests = state.requests;
  }

  get state(): SessionState {
    return { session: this.opened, requests: this.requests };
  }

  /** The caller's cancellation ends the wait; the session is opened all the same, since others wait too. */
  async get(): Promise<OpenedSession> {
    if (this.opened) return this.opened;
    this.opening ??= CancellationScope.nonCancellable(() => this.open());
    this.opening.catch(() => undefined); // each caller hears of it, if it still waits
    return Promise.race([this.opening, CancellationScope.current().cancelRequested]);
  }

  /** All calls that lost it wait for the same new one. */
  lost(session: OpenedSession): void {
    if (this.opened === session) this.opened = undefined;
  }

  /**
   * Runs an attempt of a request. A server joins only its last requests, and runs an older one again: while a
   * call runs that may have to be joined, further requests wait before they would push it out.
   */
  async counted<T>({ joins }: OpenedSession, act: () => Promise<T>): Promise<T> {
    if (joins > 0) await condition(() => this.requests - Math.min(...this.joinable) < joins - MARGIN);
    const count = ++this.requests;
    this.joinable.add(count);
    try {
      return await act();
    } finally {
      this.joinable.delete(count);
    }
  }

  private async open(): Promise<OpenedSession> {
    try {
      this.opened = await this.activities.open({ arg: this.arg, capabilities: this.capabilities });
      this.requests = 0;
      return this.opened;
    } finally {
      this.opening = undefined;
    }
  }
}
