/**
 * Handlers that branch on the outcome of operations. Each attempt notes its branch in the ledger, and a later
 * step records the branch. All attempts must take the same one.
 */
import { setTimeout as pass } from 'node:timers/promises';
import { StepOutcomeUnknown, StepFailed, type DurableContext } from 'durable-mcp';
import { QUESTION, bare, step, type Here, type Run } from './here';

/** Shorter than `--suspend-after`, so that the call is not suspended. */
const SHORT_MS = 200;
const CODE_MS = 100;
/**
 * The duration of the slower step, which loses the race: it ends while the handler still runs, or its attempt
 * is cut off.
 */
const SLOW_MS = 400;

class CardDeclined extends Error {
  override readonly name = 'CardDeclined';
}

export const questionRaced: Run = async (ctx, here) => {
  const branch = await Promise.race([
    ctx.elicit('question', QUESTION).then(({ content }) => String(content?.word)),
    ctx.sleep('patience', '10m').then(() => 'nobody'),
  ]);
  return afterwards(ctx, here, here.take(branch), () => bare(here));
};

/**
 * The slow step is started first: if a later attempt delivered recorded ends in the order of the calls, the
 * slow step would win.
 */
export const stepsRaced: Run = async (ctx, here) => {
  const branch = await Promise.race([
    ctx.atMostOnce('slow', () => pass(SLOW_MS)).then(() => 'slow', slowIfUnknown),
    ctx.atLeastOnce('fast', () => undefined).then(() => 'fast'),
  ]);
  return afterwards(ctx, here, here.take(branch), () => step(here));
};

export const codeAfterWait: Run = async (ctx, here) => {
  await ctx.sleep('nap', SHORT_MS);
  await here.reach('step recorded');
  await pass(CODE_MS);
  return bare(here);
};

export const caughtError: Run = async (ctx, here) => {
  try {
    await ctx.atLeastOnce('charge', () => {
      here.say('declined');
      throw new CardDeclined('No credit.');
    });
  } catch (error) {
    if (!(error instanceof StepFailed && error.cause.name === 'CardDeclined')) throw error;
    return afterwards(ctx, here, here.take(`${error.name} of ${error.cause.name}`), () => step(here));
  }
  return { branch: here.take('charged'), recorded: '' };
};

/** Runs the step with the effect. Its recorded value begins with the branch that the step's attempt took. */
async function afterwards(ctx: DurableContext, here: Here, branch: string, act: () => Promise<string>) {
  const recorded = await ctx.atLeastOnce('afterwards', async () => `${branch} ${await act()}`);
  await here.reach('step recorded');
  return { branch, recorded };
}

/** Treats an interrupted step as ended, so that it counts as a possible winner of the race. */
function slowIfUnknown(error: unknown): string {
  if (error instanceof StepOutcomeUnknown) return 'slow';
  throw error;
}
