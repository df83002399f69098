/** Where an attempt of a handler is: it tells the ledger, and waits for its gates. */
import type { DurableContext } from 'durable-mcp';
import { isOpen, note } from 'durable-mcp/testing';

/** What a kind does between its beginning and its end. */
export type Run = (ctx: DurableContext, here: Here) => Promise<unknown>;

export const QUESTION = {
  message: 'Go on?',
  requestedSchema: { type: 'object' as const, properties: { word: { type: 'string' as const } } },
};

/** Opens all gates for what a frozen worker had in hand: it is let go before the attempts that took its place. */
const FREE = `free ${process.pid}`;
/** This worker was there before the fault: until it is let go, its second attempts are legs of calls that were suspended. */
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

  /** Says where it is, and goes on when it is let. */
  async reach(point: string): Promise<void> {
    this.say(point);
    while (!isOpen(`${this.cell} ${point}`) && (this.isOrdinary || !isOpen(FREE)))
      await new Promise((resolve) => setTimeout(resolve, 15));
    this.say(`passed ${point}`);
  }

  /** An attempt that follows a fault waits until what was frozen has been let go. */
  async begin(): Promise<void> {
    if (this.attempt > 1 && (this.isOrdinary || !isOpen(BEFORE))) await this.reach('again');
    await this.reach('activity started');
  }

  effect(): string {
    this.say('effect');
    return `by attempt ${this.attempt}`;
  }

  /** Says which of several ways it goes: every attempt that comes so far must go the same. */
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
