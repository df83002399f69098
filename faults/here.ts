/** The position of an attempt in its handler: it notes points in the ledger, and waits at gates. */
import type { DurableContext } from 'durable-mcp';
import { isOpen, note } from 'durable-mcp/testing';

/** The body of a kind of call. */
export type Run = (ctx: DurableContext, here: Here) => Promise<unknown>;

export const QUESTION = {
  message: 'Go on?',
  requestedSchema: { type: 'object' as const, properties: { word: { type: 'string' as const } } },
};

/** Opens all gates for the attempts of a frozen worker: they run before the attempts that replaced them. */
const FREE = `free ${process.pid}`;
/**
 * This worker ran before the fault: until this gate opens, its second attempts are later executions of
 * suspended calls.
 */
const BEFORE = `before ${process.pid}`;

export class Here {
  private readonly isOrdinary = isOpen(FREE);

  constructor(
    private readonly cell: string,
    readonly attempt: number,
  ) {}

  say(what: string): void {
    note(`${this.cell} ${what}`);
  }

  /** Notes the point, and waits until its gate is open. */
  async reach(point: string): Promise<void> {
    this.say(point);
    while (!isOpen(`${this.cell} ${point}`) && (this.isOrdinary || !isOpen(FREE)))
      await new Promise((resolve) => setTimeout(resolve, 15));
    this.say(`passed ${point}`);
  }

  /** A later attempt after a fault waits until the frozen attempts have ended. */
  async begin(): Promise<void> {
    if (this.attempt > 1 && (this.isOrdinary || !isOpen(BEFORE))) await this.reach('again');
    await this.reach('activity started');
  }

  effect(): string {
    this.say('effect');
    return `by attempt ${this.attempt}`;
  }

  /** Notes the branch that the handler takes. Every attempt that gets here must take the same. */
  take(branch: string): string {
    this.say(`took ${branch}`);
    return branch;
  }
}

export async function bare(here: Here): Promise<string> {
  const value = here.effect();
  await here.reach('effect done');
  return value;
}

export async function step(here: Here): Promise<string> {
  await here.reach('step claimed');
  const value = here.effect();
  await here.reach('effect done');
  return value;
}
