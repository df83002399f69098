/**
 * Sessions that this node has opened and whose clients have not said `notifications/initialized` yet. For that one
 * message the node need not read the session's log: it knows whose session it is.
 */
import { principalId, type Principal } from '../wire/principal';

/** The session ends by itself if its client says nothing for longer (workflows/session/session.ts). */
const FOR_MS = 60_000;

export class JustOpened {
  private readonly principals = new Map<string, string>();

  note(sessionId: string, principal: string): void {
    this.principals.set(sessionId, principal);
    setTimeout(() => this.principals.delete(sessionId), FOR_MS).unref();
  }

  /** Whether the principal has just opened the session here; `true` once. */
  take(sessionId: string, principal: Principal): boolean {
    return this.principals.get(sessionId) === principalId(principal) && this.principals.delete(sessionId);
  }
}
