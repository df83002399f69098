/** Many sessions, each with an idle GET stream. */
import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { BareClient } from 'durable-mcp/testing';
import { Tally } from './tally';

const AT_ONCE = 16;
/** Opening sessions stops after this many failures or this much time, since a failure can take long. */
const MOST_FAILURES = 100;
const OPEN_WITHIN_MS = 1_800_000;

export class Crowd {
  readonly members: BareClient[] = [];
  readonly failures = new Tally();
  private readonly streams = new Set<IncomingMessage>();
  private failed = 0;

  /** Opens up to `count` sessions. */
  static async open(url: string, count: number): Promise<Crowd> {
    const crowd = new Crowd();
    const deadline = performance.now() + OPEN_WITHIN_MS;
    let begun = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (begun < count && crowd.failed < MOST_FAILURES && performance.now() < deadline) {
          begun++;
          await crowd.add(url);
        }
      }),
    );
    if (begun < count)
      crowd.failures.add(
        `${count - begun} were not tried, after ${crowd.failed} failures and too long a time`,
      );
    return crowd;
  }

  /** The number of open streams. */
  get listening(): number {
    return this.streams.size;
  }

  /** `count` of the members, evenly spread over the order in which they were opened. */
  some(count: number): BareClient[] {
    const step = Math.max(Math.floor(this.members.length / count), 1);
    return this.members.filter((_, index) => index % step === 0).slice(0, count);
  }

  leave(): void {
    this.streams.forEach((stream) => stream.destroy());
  }

  private async add(url: string): Promise<void> {
    try {
      const client = await new BareClient(url).open();
      await this.listen(client);
      this.members.push(client);
    } catch (error) {
      this.failed++;
      this.failures.add(error);
    }
  }

  private async listen({ url, sessionId, protocolVersion }: BareClient): Promise<void> {
    const headers = {
      accept: 'text/event-stream',
      'mcp-session-id': sessionId,
      'mcp-protocol-version': protocolVersion,
    };
    const [stream] = (await once(request(url, { headers }).end(), 'response')) as [IncomingMessage];
    stream.on('error', () => undefined).resume(); // a cut stream counts as closed
    if (stream.statusCode !== 200) throw new Error(`A GET was answered with ${stream.statusCode}.`);
    this.streams.add(stream.once('close', () => this.streams.delete(stream)));
  }
}
