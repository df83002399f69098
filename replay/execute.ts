/** Runs a program as a handler, with the product's context or the reference's context. */
import { AttemptEnded, type DurableContext } from 'durable-mcp';
import type { Branch, Node } from './program';

export type Ctx = Pick<DurableContext, 'atLeastOnce' | 'atMostOnce' | 'sleep' | 'elicit'> & {
  readonly state: Pick<DurableContext['state'], 'get' | 'set'>;
};

/** The error that a program's step throws. */
export class CardDeclined extends Error {
  override readonly name = 'CardDeclined';
}

/** The error that interrupts an attempt. No code of a program catches it. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

export interface Execution {
  readonly ctx: Ctx;
  /** Resolves after an operation that takes `ms`; never if the process of the handler has died. */
  readonly takes: (what: string, ms: number) => Promise<void>;
  readonly onStep: (step: string) => void;
  /** The values of the handler's own statements, and the errors that it caught, in order: its path. */
  readonly marks: string[];
  /** Called before each statement of the handler itself, outside of branches. */
  readonly onStatement: () => void;
}

const QUESTION = { message: 'Go on?', requestedSchema: { type: 'object' as const, properties: {} } };

export async function execute(program: Node, execution: Execution): Promise<string> {
  const { ctx, takes, marks } = execution;

  async function run(node: Node, key: string, top: boolean): Promise<string> {
    if (top) execution.onStatement();
    const value = await valueOf(node, key, top);
    // Branches leave no marks: their outcomes show their paths, and how far a branch's bare code runs is not guaranteed.
    if (top) marks.push(value);
    return value;
  }

  async function valueOf(node: Node, key: string, top: boolean): Promise<string> {
    switch (node.kind) {
      case 'seq': {
        let last = 'nothing';
        for (const each of node.nodes) last = await run(each, key, top);
        return last;
      }
      case 'bare':
        await takes(node.name + key, node.ms);
        return node.name;
      case 'set':
        await takes(node.value + key, node.ms); // no two writes happen at the same moment
        await ctx.state.set(node.key, node.value + key);
        return `${node.key}=${String(await ctx.state.get(node.key))}`;
      case 'loop': {
        const values: string[] = [];
        for (let n = 0; n < node.times; n++) values.push(await run(node.body, `${key}.${n}`, top));
        return values.join();
      }
      case 'if': {
        const value = await run(node.of, key, top);
        return run(parity(value) ? node.yes : node.no, key, top);
      }
      case 'try':
        try {
          return await run(node.body, key, top);
        } catch (error) {
          if (!isExpected(error)) throw error;
          if (top) marks.push(`caught ${describe(error)}`);
          return run(node.caught, key, top);
        }
      case 'join':
        return join(node, key);
      default:
        return plain(await start(node, key));
    }
  }

  /** Starts one operation and returns its promise, as `ctx` gives it. */
  function start(node: Node, key: string): Promise<string> {
    const options = key === '' ? {} : { key };
    switch (node.kind) {
      case 'step': {
        const act = async () => {
          execution.onStep(node.name + key);
          await takes(node.name + key, node.ms);
          if (node.fails) throw new CardDeclined(`${node.name} is declined`);
          return node.name;
        };
        return node.once ? ctx.atMostOnce(node.name, act, options) : ctx.atLeastOnce(node.name, act, options);
      }
      case 'sleep':
        return ctx.sleep(node.name, node.ms, options) as Promise<unknown> as Promise<string>;
      case 'ask': {
        const { timeout } = node;
        return ctx.elicit(node.name, QUESTION, {
          ...options,
          timeout,
        }) as Promise<unknown> as Promise<string>;
      }
      default:
        return run(node, key, false);
    }
  }

  function branchOf({ as, node }: Branch, key: string): Promise<unknown> {
    if (as === 'itself') return start(node, key);
    if (as === 'then') return start(node, key).then((value) => plain(value));
    return (async () => run(node, key, false))();
  }

  async function join(node: Extract<Node, { kind: 'join' }>, key: string): Promise<string> {
    const branches = node.branches.map((branch) => branchOf(branch, key));
    switch (node.how) {
      case 'all':
        return (await Promise.all(branches)).map(plain).join();
      case 'race':
        return plain(await Promise.race(branches));
      case 'any':
        return plain(
          await Promise.any(branches).catch((error: unknown) => {
            const { errors } = error as AggregateError;
            throw errors.find((each) => !isExpected(each)) ?? errors.at(-1);
          }),
        );
      case 'allSettled': {
        const settled = await Promise.allSettled(branches);
        // allSettled would swallow the end of the attempt, and the code after it would run on beside the next
        // attempt.
        for (const each of settled)
          if (each.status === 'rejected' && each.reason instanceof AttemptEnded) throw each.reason;
        return settled
          .map((each) => (each.status === 'fulfilled' ? plain(each.value) : describe(each.reason)))
          .join();
      }
    }
  }

  return run(program, '', true);
}

const plain = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? 'slept' : JSON.stringify(value);

const EXPECTED = ['StepFailed', 'AtMostOnceFailedBeforeCompleting', 'McpError'];
const isExpected = (error: unknown): boolean => error instanceof Error && EXPECTED.includes(error.name);

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` of ${error.cause.name}` : '';
  return `${error.name}${cause}: ${error.message}`;
}

const parity = (text: string): boolean =>
  [...text].reduce((sum, char) => sum + char.charCodeAt(0), 0) % 2 === 0;
