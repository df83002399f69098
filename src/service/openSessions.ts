/**
 * How many sessions each peer has open of those that this node has opened. Only a bound, kept in memory: a node that starts again counts
 * from zero. Of an end that it has not seen itself the node does not hear, so it asks Temporal before it refuses a peer.
 */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { workflowIdOf } from '../wire/session';

/** A session that was open when Temporal was asked counts for so long without another question. */
const ASK_AGAIN_MS = 60_000;
const ASKED_AT_ONCE = 20;
const ASK_WITHIN_MS = 10_000;
/** With more, of whichever peers, each new session has some of the others looked at: those that have ended elsewhere are forgotten. */
const KEPT = 10_000;

/** Of a session that is being opened, and that nobody was asked for. */
const [OPENING, NEVER] = [Infinity, -Infinity];

export class OpenSessions {
  /** By peer, then by session, when Temporal was last asked. */
  private readonly peers = new Map<string, Map<string, number>>();
  private readonly peerOf = new Map<string, string>();
  private readonly rounds = new Map<string, Promise<void>>();

  constructor(
    private readonly client: Client,
    private readonly most: number,
  ) {}

  /** Counts a session while it is opened, and for as long as it lasts if `isOpen` says so of the outcome. @throws Refusal 429 */
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

  /** One round at a time: who is refused again and again must not make the node ask as often. `undefined` if there is nobody to ask for. */
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
    // Behind those that have waited for longer.
    const sessions = this.peers.get(peer);
    if (sessions?.delete(sessionId)) sessions.set(sessionId, performance.now());
  }

  /** If Temporal does not answer, it may well be. */
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
    this.peers.set(peer, sessions); // the others have their turn
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
