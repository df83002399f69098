/**
 * Counts the open sessions of each peer, among those that this node opened. The count is in memory and only a
 * bound: a restarted node counts from zero. The node does not see every session end, so it asks Temporal
 * before it refuses a peer.
 */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { workflowIdOf } from '../wire/session';

/** A session that Temporal reported as running is not asked for again within this time. */
const ASK_AGAIN_MS = 60_000;
const ASKED_AT_ONCE = 20;
const ASK_WITHIN_MS = 10_000;
/**
 * With more sessions than this, over all peers, each new session triggers a check of some others, to forget
 * those that ended on other nodes.
 */
const KEPT = 10_000;

/** Times of the last check for a session that is being opened, and for one that was never checked. */
const [OPENING, NEVER] = [Infinity, -Infinity];

export class OpenSessions {
  /** By peer, then by session: when Temporal was last asked. */
  private readonly peers = new Map<string, Map<string, number>>();
  private readonly peerOf = new Map<string, string>();
  private readonly rounds = new Map<string, Promise<void>>();

  constructor(
    private readonly client: Client,
    private readonly most: number,
  ) {}

  /**
   * Counts a session while it is being opened, and afterwards for its lifetime if `isOpen` accepts the
   * outcome. @throws Refusal 429
   */
  async open<T>(
    peer: string,
    sessionId: string,
    open: () => Promise<T>,
    isOpen: (opened: T) => boolean,
  ): Promise<T> {
    while (this.isFull(peer)) {
      const round = this.look(peer);
      if (!round) throw tooManySessions(this.most);
      await round;
    }
    this.sessionsOf(peer).set(sessionId, OPENING);
    this.peerOf.set(sessionId, peer);
    const opened = await open().catch((error: unknown) => {
      this.hasEnded(sessionId);
      throw error;
    });
    if (isOpen(opened)) this.sessionsOf(peer).set(sessionId, NEVER);
    else this.hasEnded(sessionId);
    this.forgetSome();
    return opened;
  }

  hasEnded(sessionId: string): void {
    const peer = this.peerOf.get(sessionId);
    if (peer === undefined) return;
    this.peerOf.delete(sessionId);
    const sessions = this.sessionsOf(peer);
    sessions.delete(sessionId);
    if (sessions.size === 0) this.peers.delete(peer);
  }

  private isFull(peer: string): boolean {
    return (this.peers.get(peer)?.size ?? 0) >= this.most;
  }

  private sessionsOf(peer: string): Map<string, number> {
    const sessions = this.peers.get(peer) ?? new Map<string, number>();
    this.peers.set(peer, sessions);
    return sessions;
  }

  /**
   * Checks some of a peer's sessions, one round at a time, so that repeated refusals do not multiply the
   * requests to Temporal. `undefined` if no session is due for a check.
   */
  private look(peer: string): Promise<void> | undefined {
    const underWay = this.rounds.get(peer);
    if (underWay) return underWay;
    const isDue = ([, asked]: [string, number]) => performance.now() - asked >= ASK_AGAIN_MS;
    const due = [...(this.peers.get(peer) ?? [])].filter(isDue).slice(0, ASKED_AT_ONCE);
    if (due.length === 0) return undefined;
    const round = Promise.all(due.map(([sessionId]) => this.lookAt(peer, sessionId)))
      .then(() => undefined)
      .finally(() => this.rounds.delete(peer));
    this.rounds.set(peer, round);
    return round;
  }

  private async lookAt(peer: string, sessionId: string): Promise<void> {
    if (!(await this.isRunning(sessionId))) return this.hasEnded(sessionId);
    // Moves the session behind those that have waited longer for a check.
    const sessions = this.peers.get(peer);
    if (sessions?.delete(sessionId)) sessions.set(sessionId, performance.now());
  }

  /** Counts a session as running if Temporal does not answer. */
  private async isRunning(sessionId: string): Promise<boolean> {
    const { connection, workflow } = this.client;
    try {
      const describe = () => workflow.getHandle(workflowIdOf(sessionId)).describe();
      const { status } = await connection.withDeadline(Date.now() + ASK_WITHIN_MS, describe);
      return status.name === 'RUNNING';
    } catch (error) {
      return !(error instanceof WorkflowNotFoundError);
    }
  }

  private forgetSome(): void {
    if (this.peerOf.size <= KEPT) return;
    const [next] = this.peers;
    if (!next) return;
    const [peer, sessions] = next;
    this.peers.delete(peer);
    this.peers.set(peer, sessions); // the other peers come first next time
    void this.look(peer);
  }
}

const tooManySessions = (most: number): Refusal =>
  new Refusal(
    429,
    RpcCode.tooMuch,
    `You have as many sessions open here as you can have (${most}); end some with DELETE, or come back later.`,
    { 'Retry-After': '60' },
  );
