/** What is compared: how a handler ended, which way it took, and what it has done to the world. */
import type { Node } from './program';

export interface Outcome {
  readonly result: string;
  /** Of the attempt that ended the call. */
  readonly marks: readonly string[];
  readonly state: Record<string, unknown>;
  /** How often each step was begun, over all attempts. */
  readonly starts: ReadonlyMap<string, number>;
}

/**
 * Steps by their names in the journal whose attempt died, and when. An at-most-once step is lost then; an at-least-once step, whose failure
 * the handler had heard of and not gone on from, fails again.
 */
export interface Fate {
  readonly at: number;
  readonly how: 'lost' | 'again';
}
export type Fates = ReadonlyMap<string, Fate>;

/** What the client answers to the question of that name. */
export const answerOf = (question: string) => ({ action: 'accept' as const, content: { to: question } });

/** How long the client takes to answer each question; 0 is never. */
export function answersOf(node: Node, found = new Map<string, number>()): Map<string, number> {
  if (node.kind === 'ask') found.set(node.name, node.ms ?? 0);
  for (const child of childrenOf(node)) answersOf(child, found);
  return found;
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'seq':
      return node.nodes;
    case 'join':
      return node.branches.map((branch) => branch.node);
    case 'try':
      return [node.body, node.caught];
    case 'loop':
      return [node.body];
    case 'if':
      return [node.of, node.yes, node.no];
    default:
      return [];
  }
}

type StepNode = Extract<Node, { kind: 'step' }>;

/** The names of the steps that `are` so. */
export function stepsThat(
  are: (step: StepNode) => boolean,
  node: Node,
  found = new Set<string>(),
): Set<string> {
  if (node.kind === 'step' && are(node)) found.add(node.name);
  for (const child of childrenOf(node)) stepsThat(are, child, found);
  return found;
}

export interface Interruption {
  readonly once: ReadonlySet<string>;
  readonly fates: Fates;
  /** The attempt that threw has waited for the steps that it had begun: branches that nobody waits for have had more time. */
  readonly hadMoreTime: boolean;
}

/**
 * The first difference, as a sentence; `undefined` if there is none. `expected`: the ways that are right. There are two where a process has
 * died: what it was about to do may come before its steps are lost, or after that. Its end and its way are of one of them.
 */
export function differenceOf(
  expected: readonly Outcome[],
  seen: Outcome,
  interruption: Interruption,
): string | undefined {
  const ways = expected.map((each) => wayDiffers(each, seen));
  return ways.includes(undefined) ? effectsDiffer(expected, seen, interruption) : ways[0];
}

function wayDiffers(expected: Outcome, seen: Outcome): string | undefined {
  if (seen.result !== expected.result)
    return `it ended with ${JSON.stringify(seen.result)} instead of ${JSON.stringify(expected.result)}`;
  const at = expected.marks.findIndex((mark, i) => mark !== seen.marks[i]);
  if (at >= 0 || seen.marks.length !== expected.marks.length)
    return `its way differs at ${at}: ${JSON.stringify(seen.marks.slice(at, at + 2))} instead of ${JSON.stringify(expected.marks.slice(at, at + 2))}`;
  return undefined;
}

/** Branches that nobody waits for may have come a moment less far, or further. */
function effectsDiffer(
  expected: readonly Outcome[],
  seen: Outcome,
  { once, fates, hadMoreTime }: Interruption,
): string | undefined {
  for (const [step, times] of seen.starts) {
    const [name = step] = step.split('.');
    if (once.has(name) && times > 1) return `it began ${step} ${times} times`;
    if (!hadMoreTime && !expected.some(({ starts }) => starts.has(step)))
      return `it began ${step}, which it should not have`;
  }
  const text = (state: Outcome['state']) => JSON.stringify(sorted(state));
  if (!hadMoreTime && !expected.some(({ state }) => text(state) === text(seen.state)))
    return `it left the state ${JSON.stringify(seen.state)} instead of ${JSON.stringify(expected[0]?.state)}`;
  // A handler that ends in the moment of its loss ends before, or after, whatever its other branches do in that moment.
  if (fates.size > 0) return undefined;
  const never = [...(expected[0]?.starts.keys() ?? [])].find((step) => !seen.starts.has(step));
  return never === undefined ? undefined : `it never began ${never}`;
}

const sorted = (record: Record<string, unknown>) =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
