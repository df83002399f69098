/**
 * Another durable MCP server, measured through its own client. The client is a process of its own, which
 * takes commands as JSON lines on standard input and answers each with one line (bench/peers/driver.py).
 */
import type { Child } from '../child';
import type { Round, Sessions, Subject } from './subject';
import type { SubjectName } from './names';

type Command = { do: 'open'; count: number } | { do: 'calls'; each: number } | { do: 'close' };

export class Peer implements Subject {
  private readonly waiting: ((answer: string) => void)[] = [];

  /** `others` are the peer's servers and what they need, in the order in which they are to be stopped. */
  constructor(
    readonly name: SubjectName,
    readonly title: string,
    readonly made: string,
    private readonly client: Child,
    private readonly others: { stop(): Promise<void> }[],
    readonly mostSessions?: number,
  ) {
    client.onLine = (line) => this.waiting.shift()?.(line);
  }

  async open(count: number): Promise<Sessions> {
    await this.ask({ do: 'open', count });
    return {
      calls: async (each) => {
        const { wallMs, call } = await this.ask<{ wallMs: number; call: number[] }>({ do: 'calls', each });
        return { wallMs, samples: { call } } satisfies Round;
      },
      close: () => this.ask({ do: 'close' }),
    };
  }

  async stop(): Promise<void> {
    await this.client.stop();
    for (const other of this.others) await other.stop();
  }

  private async ask<T = void>(command: Command): Promise<T> {
    const answered = new Promise<string>((resolve) => this.waiting.push(resolve));
    this.client.say(JSON.stringify(command));
    const answer = JSON.parse(await answered) as T & { error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}
