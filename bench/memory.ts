/** The SDK's own server, whose sessions live in its memory: what a call costs when nothing survives. */
import { Child } from './child';
import { McpSession } from './mcpSession';
import type { Subject } from './subject';

export class Memory implements Subject {
  readonly name = 'memory';

  private constructor(
    private readonly child: Child,
    private readonly url: string,
  ) {}

  static async start(profileInto?: string): Promise<Memory> {
    const args = ['--import', 'tsx', 'bench/memory/server.ts'];
    const { child, announced } = await Child.start('memory-server', args, profileInto);
    return new Memory(child, announced);
  }

  open(): Promise<McpSession> {
    return McpSession.open(this.url);
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
