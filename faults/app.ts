/**
 * The server under test: one tool for each kind of call. Each handler notes in the ledger the points that it
 * reaches, and waits at each point's gate. Handlers ignore cancellations: an attempt that Temporal has given
 * up runs on as far as its gates allow.
 */
import { StepOutcomeUnknown, DurableMcpServer, type DurableContext } from 'durable-mcp';
import { z } from 'zod';
import { caughtError, codeAfterWait, questionRaced, stepsRaced } from './branches';
import { Here, QUESTION, bare, step, type Run } from './here';
import type { Kind } from './matrix';

export const NAP = '3s';

/**
 * Runs beside each attempt as its ghost, which acts after the call has moved on to another attempt: its
 * messages and claims must have no effect.
 */
async function haunt(ctx: DurableContext, here: Here): Promise<void> {
  await here.reach('ghost');
  await ctx.progress(99, 99, 'by a ghost');
  await ctx.atMostOnce('ghost', () => {
    here.say('ghost acted');
  });
}

const RUNS: Record<Kind, Run> = {
  'at-least-once': (_ctx, here) => bare(here),
  'at-most-once': (_ctx, here) => bare(here),

  'atLeastOnce step': async (ctx, here) => {
    const value = await ctx.atLeastOnce('step', () => step(here));
    await here.reach('step recorded');
    return value;
  },

  'atMostOnce step': async (ctx, here) => {
    const value = await ctx
      .atMostOnce('step', () => step(here))
      .catch((error: unknown) => {
        if (error instanceof StepOutcomeUnknown) return 'unknown';
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
    return bare(here);
  },

  'question raced against a sleep (suspended)': questionRaced,
  'steps raced': stepsRaced,
  'code after a wait': codeAfterWait,
  'caught error': caughtError,
};

async function ask(ctx: DurableContext, here: Here): Promise<unknown> {
  const { content } = await ctx.elicit('question', QUESTION);
  await here.reach('step recorded');
  await bare(here);
  return content?.word;
}

/** Kinds of calls that are at-most-once, and wait inside their activity. */
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
