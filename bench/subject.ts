/** What is measured: something that opens sessions and makes calls in them. */
export interface Subject {
  readonly name: 'product' | 'floor' | 'memory';
  open(): Promise<Session>;
  stop(): Promise<void>;
}

export interface Session {
  /** One call, from asking to having the answer. The answer is checked. @throws Error if it is not the right one */
  call(): Promise<void>;
  close(): Promise<void>;
}

export interface Round {
  readonly wallMs: number;
  /** Each call's latency in milliseconds, in the order in which the calls ended. */
  readonly samples: number[];
}

/** The sessions at the same time, the calls of each session one after the other. */
export async function runRound(sessions: Session[], callsEach: number): Promise<Round> {
  const samples: number[] = [];
  const began = performance.now();
  await Promise.all(
    sessions.map(async (session) => {
      for (let i = 0; i < callsEach; i++) {
        const asked = performance.now();
        await session.call();
        samples.push(performance.now() - asked);
      }
    }),
  );
  return { wallMs: performance.now() - began, samples };
}
