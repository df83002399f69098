/**
 * The rules for every cell. Only outside observations are judged: the ledger, and the events that the client
 * received.
 */
import { isJSONRPCRequest, isJSONRPCNotification } from '@modelcontextprotocol/sdk/types.js';
import type { SseEvent } from 'durable-mcp/testing';
import { z } from 'zod';
import { isResponse } from './caller';
import { isAsk, type Kind, type Round } from './matrix';

export interface Seen {
  readonly kind: Kind;
  readonly round: Round;
  readonly runsOnce: boolean;
  /** Over all connections, in order of arrival. */
  readonly events: readonly SseEvent[];
  /** The events of the same request, sent again to another node after the call. */
  readonly again: readonly SseEvent[];
  /** `events` without the stream's first event, if that event has data. */
  readonly afterFirst: readonly SseEvent[];
  /** The events of the stream when it is resumed after its first event, after the call. */
  readonly fetched: readonly SseEvent[];
  readonly effects: number;
  /** The branches of the attempts that have reached their branch, in order. */
  readonly branches: readonly string[];
  /** How often the step that throws (`charge` of branches.ts) ran. */
  readonly failures: number;
  readonly ghostsThatActed: number;
  /** The answer to the next call of the session. */
  readonly echoed: string;
}

const Response = z.object({
  id: z.literal(1),
  result: z.object({ isError: z.boolean().optional(), content: z.tuple([z.object({ text: z.string() })]) }),
});
const Answer = z.object({ value: z.unknown(), attempt: z.number() });
const Branch = z.object({ branch: z.string(), recorded: z.string() });
/**
 * The branch that each kind of branches.ts takes under every fault. `steps raced` may take the other branch
 * if the faster step was cut off.
 */
const BRANCHES: Partial<Record<Kind, string>> = {
  'question raced against a sleep (suspended)': 'yes',
  'steps raced': 'fast',
  'caught error': 'StepFailed of CardDeclined',
};
const Progress = z.object({ progress: z.number(), message: z.string().optional() });

/**
 * How often a handler runs without a fault: twice in the mode that discards each attempt once (`npm run
 * test:suspending`).
 */
const RUNS_UNDISTURBED = process.env.DURABLE_MCP_ALWAYS_SUSPENDING === undefined ? 1 : 2;

/** The violations, one sentence each. */
export function judge(seen: Seen): string[] {
  const problems: string[] = [];
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) problems.push(otherwise);
  };
  const { events, again, afterFirst, fetched, kind, runsOnce, effects, round } = seen;
  const messages = events.flatMap(({ message }) => message ?? []);

  const ids = events.map(({ id }) => id);
  must(new Set(ids).size === ids.length, `an event came twice: ${ids.join(' ')}`);
  must(
    same(events, again),
    `the stream has a gap or a repetition: ${text(events)}, and asked again ${text(again)}`,
  );
  must(
    same(afterFirst, fetched),
    `after the first event came ${text(afterFirst)}, and fetched again ${text(fetched)}`,
  );

  const responses = messages.filter(isResponse);
  must(responses.length === 1, `${responses.length} responses`);
  must(isResponse(messages.at(-1)), 'the response is not the last event');

  const notes = messages.filter(isJSONRPCNotification).map(({ params }) => Progress.parse(params));
  const attempts = notes.map(({ message }) => Number(/\d+$/.exec(message ?? '')));
  const steps = notes.map(({ progress }) => progress).join();
  must(
    attempts.every((attempt, i) => attempt >= (attempts[i - 1] ?? 1)),
    `an earlier attempt spoke: ${attempts}`,
  );
  must(seen.ghostsThatActed === 0, `${seen.ghostsThatActed} ghosts acted`);
  must(seen.echoed === 'still here', `the session does not go on: ${seen.echoed}`);

  const isOnce = runsOnce || kind === 'atMostOnce step';
  if (isOnce) must(effects <= 1, `${effects} effects at most once`);
  else if (kind !== 'state write') must(effects >= 1, 'no effect at least once');

  const response = Response.safeParse(responses[0]);
  if (!response.success) return [...problems, `no result: ${JSON.stringify(responses)}`];
  const { isError, content } = response.data.result;
  const [{ text: said }] = content;

  if (isError) {
    must(runsOnce, `an at-least-once call ended with an error: ${said}`);
    must(/outcome is unknown/.test(said), `an error that does not say that the outcome is unknown: ${said}`);
    must(mayBeCutOff(round), 'an at-most-once call was lost though nothing had struck it');
    return problems;
  }
  const answer = Answer.parse(JSON.parse(said));
  must(steps === (kind === 'progress' ? '1,2,3,4,5,6' : ''), `progress ${steps}`);
  must(
    answer.attempt >= Math.max(...attempts, 1),
    `attempt ${answer.attempt} answered after a later one had spoken`,
  );
  if (isOnce && answer.value !== 'unknown') must(effects === 1, `${effects} effects, and the answer of one`);
  const isByStep = kind.endsWith('step') || BRANCHES[kind] !== undefined;
  const mostEffects = isOnce || isByStep ? 1 : RUNS_UNDISTURBED;
  if (wasOver(round))
    must(
      kind === 'state write' ? effects === 0 : effects >= 1 && effects <= mostEffects,
      `${effects} effects of a call that was over`,
    );
  if (round.victim === 'node') must(effects <= mostEffects, `${effects} effects though no worker was struck`);
  if (kind === 'state write') must(answer.value === 1, `the state was written ${String(answer.value)} times`);
  if (isAsk(kind)) {
    const questions = messages.filter(isJSONRPCRequest).length;
    must(questions === 1, `${questions} questions`);
  }
  if (kind.startsWith('elicitation'))
    must(answer.value === 'yes', `the answer became ${String(answer.value)}`);
  if (!isByStep) return problems;

  const value = BRANCHES[kind] === undefined ? String(answer.value) : valueOnBranch(seen, answer.value, must);
  const isRecorded = round.point === 'step recorded' || wasOver(round);
  if (isRecorded) must(effects === 1, `${effects} effects of a recorded step`);
  // A call that waits for its client may be suspended before the step.
  if (isRecorded && !isAsk(kind)) must(value === 'by attempt 1', `a recorded step became ${value}`);
  if (value === 'unknown') must(mayBeUnknown(round), 'the step was lost though nothing had struck it');
  else must(/^by attempt \d+$/.test(value), `the step became ${value}`);
  return problems;
}

type Must = (holds: boolean, otherwise: string) => void;

/**
 * Checks that all attempts took the branch of the answer, and that the later step recorded the same. Returns
 * the rest of the step's value.
 */
function valueOnBranch({ kind, round, branches, failures }: Seen, answered: unknown, must: Must): string {
  const { branch, recorded } = Branch.parse(answered);
  must(
    branches.length > 0 && branches.every((each) => each === branch),
    `the answer is of the way ${branch}, and the attempts took ${branches.join(', ')}`,
  );
  must(
    branch === BRANCHES[kind] || (kind === 'steps raced' && mayBeCutOff(round)),
    `the call went the way ${branch}`,
  );
  if (kind === 'caught error') {
    const wasCaught = wasOver(round) || isAfterStep(round) || round.victim === 'node';
    must(
      wasCaught ? failures === 1 : failures >= 1,
      `a step that threw ran ${failures} times${wasCaught ? ' though the handler had gone on' : ''}`,
    );
  }
  must(recorded.startsWith(`${branch} `), `on the way ${branch} the step recorded ${recorded}`);
  return recorded.slice(branch.length + 1);
}

/** Whether the handler has reached or passed its last step. */
const isAfterStep = ({ point }: Round): boolean =>
  point === 'step claimed' || point === 'effect done' || point === 'step recorded';

const wasOver = ({ point }: Round): boolean => point === 'result recorded' || point === 'response sent';

/** Whether the fault may interrupt an attempt: no node fault does, and none after the call has ended. */
const mayBeCutOff = (round: Round): boolean => round.victim !== 'node' && !wasOver(round);

/**
 * Whether the fault may hit between a step's claim and its record. An outage of Temporal may, at any point
 * before the record.
 */
const mayBeUnknown = (round: Round): boolean =>
  mayBeCutOff(round) &&
  round.point !== 'step recorded' &&
  (round.point === 'step claimed' ||
    round.point === 'effect done' ||
    round.victim === 'Temporal' ||
    (round.victim === 'all' && round.fault === 'freeze'));

const same = (some: readonly SseEvent[], others: readonly SseEvent[]): boolean => text(some) === text(others);

const text = (events: readonly SseEvent[]): string =>
  JSON.stringify(events.map(({ id, data }) => [id, data]));
