/**
 * Cancellations that came before their requests. A request that begins inline is sent as an update, which Temporal
 * hands over after all signals of the same workflow task; and if no worker takes the update, the request follows as
 * a signal. A cancellation is always a signal. (`earlyCancellation.test.ts`)
 */
import { has } from '../changes';

/** Longer than a node tries to send a request (src/service/sendRequest.ts). */
const KEPT_MS = 15_000;
const MOST = 100;

interface Early {
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export class EarlyCancellations {
  /** By the call's key, the oldest first. */
  private readonly cancelled = new Map<string, Early>();

  note(key: string, reason: string): void {
    this.cancelled.set(key, { reason, at: Date.now() });
    const [oldest] = this.cancelled.keys();
    if (this.cancelled.size > MOST && oldest !== undefined) this.cancelled.delete(oldest);
  }

  /** The reason, if the request that has come now was cancelled before. */
  take(key: string): string | undefined {
    const early = this.cancelled.get(key);
    this.cancelled.delete(key);
    if (!early || Date.now() - early.at > KEPT_MS) return undefined;
    return has('early cancellations') ? early.reason : undefined;
  }
}
