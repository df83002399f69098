/**
 * Remembers answers that this node knows to be unread: this node held every connection of the request, and
 * the answer was fully sent on none of them. The node cannot know whether a sent answer was read, nor what
 * other nodes have sent to a client that came back with a `Last-Event-ID`, and it forgets everything when it
 * stops. (docs/bad-input.md, "The same request sent again"; `lateRepeats.test.ts`)
 */
import { isOfSession } from '../wire/eventId';
import type { StreamAnswer } from './stream';

const REMEMBERED = 10_000;

/** A connection. After it has closed, `onClose` reports whether everything written was sent. */
interface Watched {
  onClose(tell: (hasSentAll: boolean) => void): void;
}

type Stream = Pick<StreamAnswer, 'sessionId' | 'stream'>;

export class Unread {
  /**
   * By session and stream: the POSTs, by their ids in the log, whose connections closed without the answer.
   */
  private readonly posts = new Map<string, Set<string>>();

  /**
   * Watches a connection until it closes. The caller calls the returned function right before it writes the
   * answer.
   */
  watch(connection: Watched, { own, ...stream }: Stream & Pick<StreamAnswer, 'own'>): () => void {
    let written = false;
    if (isOfSession(stream.stream)) return () => undefined;
    connection.onClose((hasSentAll) => {
      if (written && hasSentAll) this.posts.delete(keyOf(stream));
      else if (own !== undefined) this.add(stream, own);
    });
    return () => (written = true);
  }

  /** `posts` are all POSTs of the request. */
  isUnread(stream: Stream, posts: readonly string[]): boolean {
    const known = this.posts.get(keyOf(stream));
    return known !== undefined && posts.every((post) => known.has(post));
  }

  /** The connection of `post` has closed before the answer was sent on it. */
  add(stream: Stream, post: string): void {
    const key = keyOf(stream);
    this.posts.set(key, (this.posts.get(key) ?? new Set()).add(post));
    const [oldest] = this.posts.keys();
    if (this.posts.size > REMEMBERED && oldest !== undefined) this.posts.delete(oldest);
  }
}

const keyOf = ({ sessionId, stream }: Stream): string => `${sessionId} ${stream}`;
