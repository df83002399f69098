/** An attempt's position in its handler: notes points in the ledger, and waits at their gates. */
import type { DurableContext } from 'durable-mcp';
import { isOpen, note } from 'durable-mcp/testing';

/** The handler body of one kind of call. */
export type Run = (ctx: DurableContext, here: Here) => Promise<unknown>;

export const QUESTION = {
  message: 'Go on?',
  requestedSchema: { type: 'object' as const, properties: { word: { type: 'string' as const } } },
};

/**
 * The gate that frees the attempts of this worker, once frozen, from all other gates: they run to their end
 * before the attempts that replaced them.
 */
const FREE = `free ${process.pid}`;
/**
 * Open for a worker that ran before the fault. Until this worker is freed, its attempts above 1 are later
 * executions of suspended calls, which do not wait at `again`.
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
    while (!this.mayPass(point)) await new Promise((resolve) => setTimeout(resolve, 15));
    this.say(`passed ${point}`);
  }

  /**
   * As {@link reach}, without a turn of the event loop: the attempt stays within its session's workflow task,
   * which a timer would otherwise end.
   */
  private reachAtOnce(point: string): void {
    this.say(point);
    while (!this.mayPass(point)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15);
    this.say(`passed ${point}`);
  }

  private mayPass(point: string): boolean {
    return isOpen(`${this.cell} ${point}`) || (!this.isOrdinary && isOpen(FREE));
  }

  /** Begins the attempt. An attempt that replaces a frozen one first waits until the frozen one has ended. */
  async begin(): Promise<void> {
    if (this.attempt === 1) this.reachAtOnce('inline');
    if (this.attempt > 1 && (this.isOrdinary || !isOpen(BEFORE))) await this.reach('again');
    await this.reach('activity started');
  }

  effect(): string {
    this.say('effect');
    return `by attempt ${this.attempt}`;
  }

  /** Notes the branch that the handler takes. All attempts that reach this line must take the same branch. */
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
