/** The events of a call's streams, up to its answer: each once, also where a stream is said from its beginning again. */
import type { JSONRPCResponse } from '../../wire/messages';
import type { ChannelContext } from '../core/channel';
import { isRequest, parseMessage } from '../core/jsonRpc';
import type { OpenCall } from '../core/openCall';
import { answerIn } from './answers';
import { readEvents } from './events';

/** How long after its answer a stream may go on, so that its connection can be used again. */
const AFTER_ANSWER_MS = 1_000;
/** How many of a call's last events are known by their ids. */
const REMEMBERED = 5_000;

export interface StreamEnd {
  readonly error?: unknown;
  readonly lastedMs: number;
}

export interface Hearing {
  readonly call: OpenCall;
  readonly context: Pick<ChannelContext, 'settings' | 'incoming'>;
  /** Whether a repetition of the request would be joined. */
  joins(): boolean;
  /** A message came. */
  heard(): void;
  /** The server's pause before the client comes back. */
  retry(ms: number): void;
}

export class AnswerStream {
  private readonly seen = new Set<string>();

  constructor(private readonly hearing: Hearing) {}

  /** Resolves with the answer, or with the end of a stream that had none. `stop` lets go of the connection. */
  read(response: Response, stop: AbortController): Promise<JSONRPCResponse | StreamEnd> {
    const { call, context, joins, retry } = this.hearing;
    const openedAt = performance.now();
    return new Promise((resolve) => {
      let ending: NodeJS.Timeout | undefined;
      const sink = {
        event: ({ id, data }: { id?: string; data: string }) => {
          const answer = this.take(id, data);
          if (id) call.at(id);
          if (!answer) return;
          resolve(answer);
          ending ??= setTimeout(() => {
            stop.abort();
          }, AFTER_ANSWER_MS);
        },
        retry,
        canResume: () => call.lastEventId !== undefined || joins(),
      };
      void readEvents(response, context.settings.silenceMs, sink)
        .then(
          () => undefined,
          (error: unknown) => error,
        )
        .then((error) => {
          clearTimeout(ending);
          resolve({ error, lastedMs: performance.now() - openedAt });
        });
    });
  }

  /** Returns the answer, if the event has it. */
  private take(id: string | undefined, data: string): JSONRPCResponse | undefined {
    const { call, context, heard } = this.hearing;
    const message = data ? parseMessage(data) : undefined;
    const isRepeated = id !== undefined && this.isSeen(id);
    if (!message) return undefined;
    heard();
    const answer = answerIn([message], call.id);
    // A question is known by its own id, and may need its answer again.
    if (answer || (isRepeated && !isRequest(message))) return answer;
    const noted = context.incoming(message, call, id);
    if (noted) call.noted = Promise.all([call.noted, noted]);
    return undefined;
  }

  private isSeen(id: string): boolean {
    const { seen } = this;
    if (seen.has(id)) return true;
    seen.add(id);
    const [oldest] = seen.size > REMEMBERED ? seen : [];
    if (oldest !== undefined) seen.delete(oldest);
    return false;
  }
}
