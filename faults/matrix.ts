/** The dimensions of the matrix, and its valid cells. */
import { seededRandom } from './random';

export const FAULTS = ['kill', 'freeze'] as const;
export const VICTIMS = ['node', 'worker', 'Temporal', 'all'] as const;
/** In the order in which a plain call reaches them. */
export const POINTS = [
  'request received',
  'inline',
  'promoting',
  'activity started',
  'step claimed',
  'effect done',
  'step recorded',
  'result recorded',
  'response sent',
] as const;
/** The node on which the client resumes: its first node (restarted on its port, or thawed), or the other. */
export const NODES = ['same node', 'other node'] as const;

export type Fault = (typeof FAULTS)[number];
export type Victim = (typeof VICTIMS)[number];
export type Point = (typeof POINTS)[number];
export type NodeChoice = (typeof NODES)[number];

const EVERY_CALL: readonly Point[] = [
  'request received',
  'activity started',
  'effect done',
  'result recorded',
  'response sent',
];
const STEP: readonly Point[] = [...EVERY_CALL, 'step claimed', 'step recorded'];
/** Inside of the workflow task all calls are alike: none has used anything durable. */
const INLINE: readonly Point[] = ['inline', 'promoting'];

/**
 * The kinds of calls, one tool of app.ts each, and the points of each. For a question, `step claimed` means
 * that the log contains the question without an answer, and `step recorded` that the handler has the answer.
 * A sleep is recorded when it begins. If a call records several operations, `step claimed` means that the
 * last step runs (or its question is open), and `step recorded` that the handler is past all of them.
 *
 * `inline`: the handler runs inside of its session's workflow task. `promoting`: it runs on, and Temporal has
 * not heard of it. `activity started`: an activity has adopted it.
 */
export const KINDS = {
  'at-least-once': [...EVERY_CALL, ...INLINE],
  'at-most-once': EVERY_CALL,
  'atLeastOnce step': [...STEP, 'promoting'],
  'atMostOnce step': [...STEP, 'promoting'],
  // A state write is its own record, so no point lies between its claim and its record.
  'state write': STEP.filter((point) => point !== 'step claimed' && point !== 'effect done'),
  progress: [...EVERY_CALL, 'promoting'],
  'elicitation (suspended)': STEP,
  'elicitation (held by its worker)': STEP,
  'sleep (suspended)': STEP.filter((point) => point !== 'step claimed'),
  'question raced against a sleep (suspended)': STEP,
  'steps raced': STEP,
  'code after a wait': STEP.filter((point) => point !== 'step claimed'),
  'caught error': STEP,
} as const satisfies Record<string, readonly Point[]>;
export type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

export const isAsk = (kind: Kind): boolean => /^(elicitation|question)/.test(kind);

/**
 * One fault on one cluster, and the kinds of calls in flight when it strikes. Each of these calls is a cell
 * of the matrix.
 */
export interface Round {
  readonly fault: Fault;
  readonly victim: Victim;
  readonly point: Point;
  readonly node: NodeChoice;
  readonly kinds: readonly Kind[];
}

export const nameOf = ({ fault, victim, point, node }: Omit<Round, 'kinds'>): string =>
  `${fault} ${victim}, ${point}, ${node}`;

/** The rounds whose name contains every one of `words`. A cell's name is the name of its round and its kind. */
export function roundsOf(words: readonly string[] = []): Round[] {
  const rounds = FAULTS.flatMap((fault) =>
    VICTIMS.flatMap((victim) =>
      POINTS.flatMap((point) => NODES.map((node) => ({ fault, victim, point, node }))),
    ),
  );
  return rounds
    .map((round) => {
      const isWanted = (kind: Kind) => {
        const name = `${nameOf(round)}, ${kind}`;
        return (
          (KINDS[kind] as readonly Point[]).includes(round.point) &&
          words.every((word) => name.includes(word))
        );
      };
      return { ...round, kinds: kinds.filter(isWanted) };
    })
    .flatMap((round) => (INLINE.includes(round.point) ? oneByOne(round) : [round]))
    .filter((round) => round.kinds.length > 0);
}

/** At these points a handler blocks its worker, so a second one could not reach the point. */
const oneByOne = (round: Round): Round[] => round.kinds.map((kind) => ({ ...round, kinds: [kind] }));

const KINDS_A_ROUND = 3;

/** A sample of about `cells` cells, in rounds of three; the same for the same seed. */
export function sampleOf(rounds: readonly Round[], cells: number, seed: number): Round[] {
  const random = seededRandom(seed);
  return shuffled(rounds, random)
    .slice(0, Math.ceil(cells / KINDS_A_ROUND))
    .map((round) => ({ ...round, kinds: shuffled(round.kinds, random).slice(0, KINDS_A_ROUND) }));
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
