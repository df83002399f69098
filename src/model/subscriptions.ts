/**
 * What a session is subscribed to, and what it was told from outside its calls. A pure fold over the log: the workflow, which
 * carries it from run to run, and every reader come to the same verdicts. Part of the workflow bundle.
 */
import { bytesOf } from '../wire/bytes';
import type { JSONRPCMessage } from '../wire/messages';
import type { SubscriptionsSnapshot } from '../wire/snapshots';

/** All together they cross continue-as-new in a payload of 2 MiB, most of which `seenRequests.ts` may need. */
const LIMIT = { uris: 1_000, uriBytes: 2_000, bytes: 200_000 };
/** How many ids are remembered, so that who tells something again after a failure does not tell it twice. */
const REMEMBERED = 1_000;

export class Subscriptions {
  private readonly uris: Set<string>;
  private readonly told: Set<string>;
  private bytes: number;

  constructor(snapshot: SubscriptionsSnapshot = { uris: [], told: [] }) {
    this.uris = new Set(snapshot.uris);
    this.told = new Set(snapshot.told);
    this.bytes = snapshot.uris.reduce((sum, uri) => sum + bytesOf(uri), 0);
  }

  /** `undefined` if it holds from now on, else why it is refused. */
  change(uri: string, subscribed: boolean): string | undefined {
    const bytes = bytesOf(uri);
    if (!subscribed) {
      if (this.uris.delete(uri)) this.bytes -= bytes;
      return undefined;
    }
    if (this.uris.has(uri)) return undefined;
    if (bytes > LIMIT.uriBytes)
      return `The URI has ${bytes} bytes and ${LIMIT.uriBytes} are the limit; subscribe to a shorter one.`;
    if (this.uris.size >= LIMIT.uris || this.bytes + bytes > LIMIT.bytes)
      return `The session has the most subscriptions that it can have (${LIMIT.uris} URIs, ${LIMIT.bytes} bytes in all); unsubscribe from others first.`;
    this.uris.add(uri);
    this.bytes += bytes;
    return undefined;
  }

  /** Whether a notification with this id was not told before. */
  tell(id: string): boolean {
    if (this.told.has(id)) return false;
    this.told.add(id);
    const [oldest] = this.told;
    if (this.told.size > REMEMBERED && oldest !== undefined) this.told.delete(oldest);
    return true;
  }

  /** Whether the client is to get it: an update only of what it is subscribed to, everything else anyway. */
  want(message: JSONRPCMessage): boolean {
    if (!('method' in message) || message.method !== 'notifications/resources/updated') return true;
    const uri: unknown = message.params?.uri;
    return typeof uri === 'string' && this.covers(uri);
  }

  snapshot(): SubscriptionsSnapshot {
    return { uris: [...this.uris], told: [...this.told] };
  }

  /** A subscription counts for what is below its URI too (specification 2025-11-25, schema, ResourceUpdatedNotificationParams). */
  private covers(uri: string): boolean {
    if (this.uris.has(uri)) return true;
    for (let end = uri.lastIndexOf('/'); end >= 0; end = uri.lastIndexOf('/', end - 1)) {
      if (this.uris.has(uri.slice(0, end)) || this.uris.has(uri.slice(0, end + 1))) return true;
      if (end === 0) break;
    }
    return false;
  }
}
