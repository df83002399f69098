import type { SubjectName } from './names';

/**
 * A subject of the benchmark: opens sessions and makes calls in them. Sessions run concurrently; the calls of
 * one session are sequential.
 */
export interface Subject {
  /** The name in samples. */
  readonly name: SubjectName;
  /** The title in tables. */
  readonly title: string;
  /** The parts of the subject, with their versions. */
  readonly made: string;
  /**
   * The endpoint for this benchmark's MCP client. Absent if the subject does not speak MCP (the floor) or has
   * a client of its own (a peer).
   */
  readonly endpoint?: Endpoint;
  /** The maximum of concurrent sessions; more would take too long. Default: no limit. */
  readonly mostSessions?: number;
  open(count: number): Promise<Sessions>;
  stop(): Promise<void>;
}

export interface Endpoint {
  readonly url: string;
  /** The process that serves the endpoint. */
  readonly pid: number;
  /** Whether a call is answered with a stream, which delivers the call's messages before its answer. */
  readonly streams: boolean;
  /** Whether a stream can be resumed after any event. */
  readonly resumes: boolean;
}

export interface Sessions {
  /** Makes calls in all sessions concurrently, `each` per session, one after the other. Samples: `call`. */
  calls(each: number): Promise<Round>;
  close(): Promise<void>;
}

/** The measurements of one round. */
export interface Round {
  readonly wallMs: number;
  /** Milliseconds, by the name of the measured operation. */
  readonly samples: Readonly<Record<string, number[]>>;
}

/** A session in this process. */
export interface Session {
  /** Makes one call, from the request to the answer. @throws Error if the answer is wrong */
  call(): Promise<void>;
  close(): Promise<void>;
}

export async function openHere(count: number, open: () => Promise<Session>): Promise<Sessions> {
  const sessions = await Promise.all(Array.from({ length: count }, open));
  return {
    calls: (each) => atOnce('call', sessions, each, (session) => session.call()),
    close: async () => void (await Promise.all(sessions.map((session) => session.close()))),
  };
}

/**
 * Times `ask` in all sessions concurrently, `each` times per session. Samples have the order in which they
 * ended.
 */
export async function atOnce<S>(
  what: string,
  sessions: S[],
  each: number,
  ask: (session: S) => Promise<void>,
): Promise<Round> {
  const samples: number[] = [];
  const began = performance.now();
  await Promise.all(
    sessions.map(async (session) => {
      for (let i = 0; i < each; i++) {
        const asked = performance.now();
        await ask(session);
        samples.push(performance.now() - asked);
      }
    }),
  );
  return { wallMs: performance.now() - began, samples: { [what]: samples } };
}
