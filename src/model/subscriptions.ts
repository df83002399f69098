/**
 * A session's subscriptions, and the notifications that it got from outside its calls. A pure fold over the
 * log: the workflow, which carries it from run to run, and every reader reach the same verdicts. Part of the
 * workflow bundle.
 */
import { bytesOf } from '../wire/bytes';
import type { JSONRPCMessage } from '../wire/messages';
import type { SubscriptionsSnapshot } from '../wire/snapshots';

/**
 * All subscriptions cross continue-as-new in a payload of 2 MiB, most of which `seenRequests.ts` may need.
 */
const LIMIT = { uris: 1_000, uriBytes: 2_000, bytes: 200_000 };
/** Number of ids remembered, so that a notification which is sent again after a failure is delivered once. */
const REMEMBERED = 1_000;

export class Subscriptions {
  private readonly uris: Set<string>;
  private readonly deliveredIds: Set<string>;
  private bytes: number;

  constructor(snapshot: SubscriptionsSnapshot = { uris: [], told: [] }) {
    this.uris = new Set(snapshot.uris);
    this.deliveredIds = new Set(snapshot.told);
    this.bytes = snapshot.uris.reduce((sum, uri) => sum + bytesOf(uri), 0);
  }

  /** Applies the change; returns the reason if it is refused. */
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

  /** Whether a notification with this id is new. */
  isNew(id: string): boolean {
    if (this.deliveredIds.has(id)) return false;
    this.deliveredIds.add(id);
    const [oldest] = this.deliveredIds;
    if (this.deliveredIds.size > REMEMBERED && oldest !== undefined) this.deliveredIds.delete(oldest);
    return true;
  }

  /**
   * Whether the client gets the message: a resource update only for a subscribed resource, any other message
   * always.
   */
  wants(message: JSONRPCMessage): boolean {
    if (!('method' in message) || message.method !== 'notifications/resources/updated') return true;
    const uri: unknown = message.params?.uri;
    return typeof uri === 'string' && this.covers(uri);
  }

  snapshot(): SubscriptionsSnapshot {
    return { uris: [...this.uris], told: [...this.deliveredIds] };
  }

  /**
   * A subscription also covers the URIs below its own (specification 2025-11-25, schema,
   * ResourceUpdatedNotificationParams).
   */
  private covers(uri: string): boolean {
    if (this.uris.has(uri)) return true;
    for (let end = uri.lastIndexOf('/'); end >= 0; end = uri.lastIndexOf('/', end - 1)) {
      if (this.uris.has(uri.slice(0, end)) || this.uris.has(uri.slice(0, end + 1))) return true;
      if (end === 0) break;
    }
    return false;
  }
}
