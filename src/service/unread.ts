/**
 * The answers that this node knows to be unread: it held each connection that asked, and on none of them the answer has gone out. Of what went
 * out it cannot know whether it was read, nor what other nodes have sent to a client that came back with a `Last-Event-ID`; and it forgets all
 * of it when it ends. (docs/bad-input.md, "The same request sent again"; `lateRepeats.test.ts`)
 */
import { isOfSession } from '../wire/eventId';
import type { StreamAnswer } from './stream';

const REMEMBERED = 10_000;

/** A connection: `onClose` tells, once it has closed, whether all that was written has gone out. */
interface Watched {
  onClose(tell: (hasSentAll: boolean) => void): void;
}

type Stream = Pick<StreamAnswer, 'sessionId' | 'stream'>;

export class Unread {
  /** By session and stream, the POSTs whose connections have closed without the answer, as the log names them. */
  private readonly posts = new Map<string, Set<string>>();

  /** Watches a connection until it has closed. What it returns is to be called right before the answer is written. */
  watch(connection: Watched, { own, ...stream }: Stream & Pick<StreamAnswer, 'own'>): () => void {
    let written = false;
    if (isOfSession(stream.stream)) return () => undefined;
    connection.onClose((hasSentAll) => {
      if (written && hasSentAll) this.posts.delete(keyOf(stream));
      else if (own !== undefined) this.add(stream, own);
    });
    return () => (written = true);
  }

  /** `posts`: all that the request has had. */
  isUnread(stream: Stream, posts: readonly string[]): boolean {
    const known = this.posts.get(keyOf(stream));
    return known !== undefined && posts.every((post) => known.has(post));
  }

  private add(stream: Stream, post: string): void {
    const key = keyOf(stream);
    this.posts.set(key, (this.posts.get(key) ?? new Set()).add(post));
    const [oldest] = this.posts.keys();
    if (this.posts.size > REMEMBERED && oldest !== undefined) this.posts.delete(oldest);
  }
}

const keyOf = ({ sessionId, stream }: Stream): string => `${sessionId} ${stream}`;
