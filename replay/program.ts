/**
 * Random handlers: steps, sleeps, questions and state, raced, joined, caught and repeated as an author could
 * write them.
 */
import { seededRandom } from '../faults/random';

/** A part of a handler. `ms` counts milliseconds of the world's clock; `undefined` means never. */
export type Node =
  | {
      readonly kind: 'step';
      readonly once: boolean;
      readonly name: string;
      readonly ms: number;
      readonly fails: boolean;
    }
  | { readonly kind: 'sleep'; readonly name: string; readonly ms: number }
  | { readonly kind: 'ask'; readonly name: string; readonly ms?: number; readonly timeout?: number }
  | { readonly kind: 'set'; readonly key: string; readonly value: string; readonly ms: number }
  /** Code outside of steps that takes time. */
  | { readonly kind: 'bare'; readonly name: string; readonly ms: number }
  | { readonly kind: 'seq'; readonly nodes: readonly Node[] }
  | { readonly kind: 'join'; readonly how: Join; readonly branches: readonly Branch[] }
  | { readonly kind: 'try'; readonly body: Node; readonly caught: Node }
  | { readonly kind: 'loop'; readonly times: number; readonly body: Node }
  | { readonly kind: 'if'; readonly of: Node; readonly yes: Node; readonly no: Node };

export const JOINS = ['all', 'race', 'any', 'allSettled'] as const;
export type Join = (typeof JOINS)[number];

/** The syntax of a branch: the promise itself, `.then`, or an async function. */
export interface Branch {
  readonly as: 'itself' | 'then' | 'function';
  readonly node: Node;
}

const MAXIMUM_DEPTH = 3;

/** The program of a seed. */
export function programOf(seed: number): Node {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const chance = (percent: number): boolean => random() * 100 < percent;
  // Fractions of a millisecond, so that no two moments coincide by chance.
  const ms = (most: number): number => 1 + random() * most;
  let names = 0;
  const name = (what: string): string => `${what}${++names}`;

  const step = (most: number): Node => ({
    kind: 'step',
    once: chance(50),
    name: name('step'),
    ms: ms(most),
    fails: chance(20),
  });

  /**
   * Inside of a join whose outcome can depend on the order of ends, bare code is followed by a step: see
   * docs/rules-for-handlers.md.
   */
  function leaf(joined: boolean): Node {
    switch (below(7)) {
      case 0:
      case 1:
        return step(3_000);
      case 2:
        return { kind: 'sleep', name: name('sleep'), ms: ms(chance(50) ? 5_000 : 90_000) };
      case 3:
        return {
          kind: 'ask',
          name: name('ask'),
          ms: chance(85) ? ms(chance(50) ? 4_000 : 120_000) : 0,
          timeout: chance(30) ? ms(80_000) : undefined,
        };
      case 4:
        // Concurrent branches must not write the same key: the last write would be a matter of chance.
        return {
          kind: 'set',
          key: joined ? name('own') : `key${below(2)}`,
          value: name('value'),
          ms: ms(100),
        };
      case 5: {
        const bare: Node = { kind: 'bare', name: name('bare'), ms: ms(2_000) };
        return joined ? { kind: 'seq', nodes: [bare, step(20)] } : bare;
      }
      default:
        return step(60);
    }
  }

  function seq(depth: number, joined: boolean): Node {
    return { kind: 'seq', nodes: Array.from({ length: 1 + below(3) }, () => node(depth, joined)) };
  }

  function branch(depth: number): Branch {
    const simple = chance(60);
    const as = chance(30) ? 'function' : chance(50) ? 'then' : 'itself';
    return { as: simple ? as : 'function', node: simple ? leaf(true) : seq(depth + 1, true) };
  }

  function node(depth: number, joined: boolean): Node {
    if (depth >= MAXIMUM_DEPTH || chance(45)) return leaf(joined);
    switch (below(5)) {
      case 0:
      case 1:
        return {
          kind: 'join',
          how: JOINS[below(JOINS.length)] ?? 'race',
          branches: Array.from({ length: 2 + below(2) }, () => branch(depth)),
        };
      case 2:
        return { kind: 'try', body: seq(depth + 1, joined), caught: seq(depth + 1, joined) };
      case 3:
        return { kind: 'loop', times: 1 + below(3), body: seq(depth + 1, joined) };
      default:
        return {
          kind: 'if',
          of: node(depth + 1, joined),
          yes: seq(depth + 1, joined),
          no: seq(depth + 1, joined),
        };
    }
  }

  return { kind: 'seq', nodes: Array.from({ length: 2 + below(4) }, () => node(0, false)) };
}
