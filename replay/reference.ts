/**
 * The reference: what a program does without interruptions, with plain promises and no journal. It is short
 * so that a reader can check it.
 */
import { StepFailed, StepOutcomeUnknown } from 'durable-mcp';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import type { CallSteps } from '../src/api/runningCall';
import { describe, execute, type Ctx } from './execute';
import type { Node } from './program';
import { answerOf, type Fates, type Outcome } from './outcome';
import { World } from './world';

/** `fates` are the only effects that an interruption may have: the fates of the steps whose attempt died. */
export async function referenceOf(
  program: Node,
  answers: Map<string, number>,
  fates: Fates,
): Promise<Outcome> {
  const world = new World();
  const marks: string[] = [];
  const state = new Map<string, unknown>();
  const idOf = (name: string, key?: string | number) => (key === undefined ? name : `${name}[${key}]`);

  const step: CallSteps['atLeastOnce'] = async (name, fn, { key } = {}) => {
    const id = idOf(name, key);
    const fate = fates.get(id);
    const sealed = () => new Promise<void>((resolve) => world.after((fate?.at ?? 0) - world.now(), resolve));
    const ran = (async () => fn({ idempotencyKey: id, signal: new AbortController().signal }))();
    if (fate?.how === 'lost') {
      ran.catch(() => undefined);
      await sealed();
      throw new StepOutcomeUnknown(id);
    }
    try {
      return await ran;
    } catch (error) {
      if (fate) await sealed();
      throw new StepFailed(id, error as Error);
    }
  };
  const ctx: Ctx = {
    ...({ atLeastOnce: step, atMostOnce: step } as Ctx),
    sleep: (_name, duration) => new Promise<void>((resolve) => world.after(Number(duration), resolve)),
    elicit: (name, _params, { key, timeout } = {}) =>
      new Promise((resolve, reject) => {
        const ms = answers.get(name);
        const id = idOf(name, key);
        if (ms)
          world.after(ms, () => {
            resolve(answerOf(id));
          });
        if (timeout !== undefined)
          world.after(Number(timeout), () => {
            reject(new McpError(ErrorCode.RequestTimeout, 'The client did not answer in time.'));
          });
      }),
    state: {
      get: async <T>(key: string) => state.get(key) as T | undefined,
      set: async (key, value) => void state.set(key, value),
    },
  };
  const handler = execute(program, {
    ctx,
    marks,
    takes: (what, ms) => world.takes(what, ms),
    onStep: (started) => {
      world.start(started);
    },
    onStatement: () => undefined,
  });
  const ended = handler.catch((error: unknown) => `threw ${describe(error)}`);
  const result = await world.until(ended).catch(() => 'never ends');
  return { result, marks, state: Object.fromEntries(state), starts: world.starts };
}
