import type { SubjectName } from './names';

/** What is measured: something that opens sessions and makes calls in them, all at the same time, each one after the other. */
export interface Subject {
  /** In the samples. */
  readonly name: SubjectName;
  /** In tables. */
  readonly title: string;
  /** What it is made of, with versions. */
  readonly made: string;
  /** Where it speaks MCP to us. Absent where it does not (the floor), or to a client of its own (a peer). */
  readonly endpoint?: Endpoint;
  /** More at once would take too long. Default: no limit. */
  readonly mostSessions?: number;
  open(count: number): Promise<Sessions>;
  stop(): Promise<void>;
}

export interface Endpoint {
  readonly url: string;
  /** Of the process that serves it. */
  readonly pid: number;
  /** A call is answered with a stream, in which what it says on its way is seen. */
  readonly streams: boolean;
  /** A stream can be gone on with after any event. */
  readonly resumes: boolean;
}

export interface Sessions {
  /** Calls in all sessions at once, `each` in each of them one after the other. Samples: `call`. */
  calls(each: number): Promise<Round>;
  close(): Promise<void>;
}

/** What was measured in one round. */
export interface Round {
  readonly wallMs: number;
  /** Milliseconds, by what they were measured of. */
  readonly samples: Readonly<Record<string, number[]>>;
}

/** A session that this process holds. */
export interface Session {
  /** One call, from asking to having the answer. The answer is checked. @throws Error if it is not the right one */
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

/** Times `ask` in all sessions at the same time, `each` times in each of them. Samples are in the order in which they ended. */
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
