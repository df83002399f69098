/** The outcomes of handlers, and their comparison: result, path and effects. */
import type { Node } from './program';

export interface Outcome {
  readonly result: string;
  /** The path of the attempt that ended the call. */
  readonly marks: readonly string[];
  readonly state: Record<string, unknown>;
  /** How often each step began, over all attempts. */
  readonly starts: ReadonlyMap<string, number>;
}

/**
 * The fate of a step whose attempt died before the step's end was recorded, and the time of the death.
 * `lost`: the outcome of an at-most-once step is unknown. `again`: an at-least-once step fails once more,
 * since its handler had seen the first failure and had not continued.
 */
export interface Fate {
  readonly at: number;
  readonly how: 'lost' | 'again';
}
/** By the steps' journal names. */
export type Fates = ReadonlyMap<string, Fate>;

/** The client's answer to the question. */
export const answerOf = (question: string) => ({ action: 'accept' as const, content: { to: question } });

/** The client's delay in milliseconds before it answers each question; 0 if it never answers. */
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

/** The names of the steps for which `are` is true. */
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
  /**
   * Whether an attempt threw, and then waited for its running steps: branches that no code awaits got further
   * meanwhile.
   */
  readonly hadMoreTime: boolean;
}

/**
 * Returns the first difference as a sentence, or `undefined`. `expected` holds the valid outcomes, of which
 * the result and the path must match one. After the death of a process there are two: the process may have
 * lost its steps before or after its last operation.
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

/**
 * Compares the effects. Branches that no code awaits may get slightly less far than in the reference, or
 * further.
 */
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
  // A handler that ends at the moment of the loss may end before or after the operations of its other branches
  // at that moment.
  if (fates.size > 0) return undefined;
  const never = [...(expected[0]?.starts.keys() ?? [])].find((step) => !seen.starts.has(step));
  return never === undefined ? undefined : `it never began ${never}`;
}

const sorted = (record: Record<string, unknown>) =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
