/**
 * The server under fire: a tool for each kind of call. Each tells the ledger where it is, and waits there for its gate. Handlers
 * ignore that they are cancelled: one that was taken for dead goes as far as it is let.
 */
import { AtMostOnceFailedBeforeCompleting, DurableMcpServer, type DurableContext } from 'durable-mcp';
import { isOpen, note } from 'durable-mcp/testing';
import { z } from 'zod';
import type { Kind } from './matrix';

export const QUESTION = {
  message: 'Go on?',
  requestedSchema: { type: 'object' as const, properties: { word: { type: 'string' as const } } },
};
export const NAP = '3s';

/** What a kind does between its beginning and its end. */
type Run = (ctx: DurableContext, here: Here) => Promise<unknown>;

/** Opens all gates for what a frozen worker had in hand: it is let go before the attempts that took its place. */
const FREE = `free ${process.pid}`;
/** This worker was there before the fault: until it is let go, its second attempts are legs of calls that were suspended. */
const BEFORE = `before ${process.pid}`;

class Here {
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
}

/** What is left of an attempt when its call has moved on: it speaks and claims, and nobody may hear of it. */
async function haunt(ctx: DurableContext, here: Here): Promise<void> {
  await here.reach('ghost');
  await ctx.progress(99, 99, 'by a ghost');
  await ctx.atMostOnce('ghost', () => {
    here.say('ghost acted');
  });
}

const RUNS: Record<Kind, Run> = {
  'at-least-once': bare,
  'at-most-once': bare,

  'atLeastOnce step': async (ctx, here) => {
    const value = await ctx.atLeastOnce('step', () => step(here));
    await here.reach('step recorded');
    return value;
  },

  'atMostOnce step': async (ctx, here) => {
    const value = await ctx
      .atMostOnce('step', () => step(here))
      .catch((error: unknown) => {
        if (error instanceof AtMostOnceFailedBeforeCompleting) return 'unknown';
        throw error;
      });
    await here.reach('step recorded');
    return value;
  },

  'state write': async (ctx, here) => {
    await ctx.state.set('n', ((await ctx.state.get<number>('n')) ?? 0) + 1);
    await here.reach('step recorded');
    return ctx.state.get<number>('n');
  },

  progress: async (ctx, here) => {
    for (let i = 1; i <= 6; i++) {
      await ctx.progress(i, 6, `attempt ${here.attempt}`);
      if (i !== 3) continue;
      here.effect();
      await here.reach('effect done');
    }
    return 'told';
  },

  'elicitation (suspended)': ask,
  'elicitation (held by its worker)': ask,

  'sleep (suspended)': async (ctx, here) => {
    await ctx.sleep('nap', NAP);
    await here.reach('step recorded');
    return bare(ctx, here);
  },
};

async function bare(_ctx: DurableContext, here: Here): Promise<string> {
  const value = here.effect();
  await here.reach('effect done');
  return value;
}

async function step(here: Here): Promise<string> {
  await here.reach('step claimed');
  const value = here.effect();
  await here.reach('effect done');
  return value;
}

async function ask(ctx: DurableContext, here: Here): Promise<unknown> {
  const { content } = await ctx.elicit('question', QUESTION);
  await here.reach('step recorded');
  await bare(ctx, here);
  return content?.word;
}

/** A call that must run once has one delivery, and waits inside its activity. */
const ONCE: readonly Kind[] = ['at-most-once', 'elicitation (held by its worker)'];

export default function app() {
  const server = new DurableMcpServer({ name: 'faults', version: '1.0.0' });
  for (const kind of Object.keys(RUNS) as Kind[]) {
    const delivery = ONCE.includes(kind) ? ('at-most-once' as const) : ('at-least-once' as const);
    const config = { inputSchema: { cell: z.string() }, durability: { delivery } };
    server.registerTool(toolOf(kind), config, async ({ cell }, ctx) => {
      const here = new Here(cell, ctx.attempt);
      void haunt(ctx, here).catch(() => undefined);
      await here.begin();
      const value = await RUNS[kind](ctx, here);
      await here.reach('ending');
      return { content: [{ type: 'text', text: JSON.stringify({ value, attempt: ctx.attempt }) }] };
    });
  }
  server.registerTool('echo', { inputSchema: { value: z.string() } }, ({ value }) => ({
    content: [{ type: 'text', text: value }],
  }));
  return server;
}

export const toolOf = (kind: Kind): string => kind.replace(/[^a-zA-Z-]+/g, '-').replace(/-$/, '');
