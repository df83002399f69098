/**
 * The means of the hostile client: it sends as fast as the nodes accept requests, reads and discards the
 * answers, and counts them.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as pass } from 'node:timers/promises';
import { BareClient } from 'durable-mcp/testing';

/** The pause after a request without an answer. Without it, the client would spin while a node is down. */
const AFTER_NO_ANSWER_MS = 20;
/** How many of a body's last characters are kept, to recognize an error at its end. */
const KEPT_CHARACTERS = 2_000;

/** The addresses of the cluster. */
export interface Ground {
  readonly nodes: readonly string[];
  /** Temporal's frontend. */
  readonly temporal: string;
}

/** What the process of the hostile client reports to the harness. */
export interface Sent {
  /** The number of answers by status, or by the error in place of an answer. */
  readonly answers: Record<string, number>;
  /**
   * How many workflows may remain after the attack: the sessions of the hostile client, and the resources to
   * which they are subscribed.
   */
  readonly mayBeLeft: number;
}

export class Field {
  readonly answers: Record<string, number> = {};
  mayBeLeft = 0;
  private readonly end: AbortSignal;
  private turn = 0;
  private readonly reopening = new Map<BareClient, Promise<unknown>>();

  constructor(
    readonly ground: Ground,
    seconds: number,
  ) {
    this.end = AbortSignal.timeout(seconds * 1_000);
    setMaxListeners(0, this.end); // one listener for each request
  }

  get isOver(): boolean {
    return this.end.aborted;
  }

  /** Aborts when the time is over, or after `ms`. */
  within(ms: number): AbortSignal {
    return AbortSignal.any([this.end, AbortSignal.timeout(ms)]);
  }

  /** The next node's URL: a hostile client uses all nodes in turn. */
  get url(): string {
    return this.ground.nodes[this.turn++ % this.ground.nodes.length] ?? '';
  }

  count(answer: string | number): void {
    this.answers[answer] = (this.answers[answer] ?? 0) + 1;
  }

  /**
   * Runs `turn` repeatedly, `atOnce` concurrently, until the time is over. `turn` receives a consecutive
   * number.
   */
  async again(atOnce: number, turn: (n: number) => Promise<unknown>): Promise<void> {
    let n = 0;
    const loop = async () => {
      while (!this.isOver) await turn(n++);
    };
    await Promise.all(Array.from({ length: atOnce }, loop));
  }

  /** Waits until the time is over. */
  async rest(): Promise<void> {
    await this.pause(2 ** 30);
  }

  async pause(ms: number): Promise<void> {
    await pass(ms, undefined, { signal: this.end }).catch(() => undefined);
  }

  /** Opens a session; retries until it succeeds. */
  async session(name = 'hostile', capabilities: Record<string, unknown> = {}): Promise<BareClient> {
    const client = new BareClient(this.url, undefined, name);
    await this.open(client, capabilities);
    return client;
  }

  /** Sends `tools/call`, and reads the answer to its end. */
  call(client: BareClient, id: string | number, tool: string, args: Record<string, unknown> = {}) {
    return this.send(client, client.callMessage(id, tool, args));
  }

  /**
   * Sends `message` and reads the answer to its end. Resolves with the status, 0 if there was none. A session
   * that has ended is opened again.
   */
  async send(client: BareClient, message: unknown, signal: AbortSignal = this.end): Promise<number> {
    client.url = this.url;
    const status = await this.counted(() => client.post(message, {}, signal));
    if (status === 404) await this.reopened(client);
    return status;
  }

  /** Makes a request and counts its outcome. */
  async counted(request: () => Promise<Response>): Promise<number> {
    try {
      const response = await request();
      const ending = await lastOf(response);
      const isError = /"isError":true|"error":\{/.test(ending);
      this.count(response.ok && isError ? `${response.status} with an error` : response.status);
      return response.status;
    } catch (error) {
      const left = error instanceof DOMException;
      this.count(left ? 'none yet' : 'cut');
      if (!left) await this.pause(AFTER_NO_ANSWER_MS);
      return 0;
    }
  }

  private async open(client: BareClient, capabilities: Record<string, unknown>): Promise<unknown> {
    while (!this.isOver) {
      try {
        client.url = this.url;
        client.sessionId = '';
        this.mayBeLeft++; // the session may exist even if the answer is lost
        return await Promise.race([client.open(capabilities), this.rest()]);
      } catch (error) {
        const status = /answered with (\d+)/.exec(String(error))?.[1];
        if (status !== undefined) this.mayBeLeft--;
        this.count(status === undefined ? 'cut' : `${status} to initialize`);
        await this.pause(AFTER_NO_ANSWER_MS);
      }
    }
  }

  /** Opens the session once, however many of the client's requests find it ended. */
  private reopened(client: BareClient): Promise<unknown> {
    const begun =
      this.reopening.get(client) ?? this.open(client, {}).finally(() => this.reopening.delete(client));
    this.reopening.set(client, begun);
    return begun;
  }
}

async function lastOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let last = '';
  for await (const chunk of body ?? [])
    last = (last + decoder.decode(chunk as Uint8Array, { stream: true })).slice(-KEPT_CHARACTERS);
  return last;
}
