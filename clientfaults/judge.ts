/**
 * What each cell must keep: a call has one effect and its own answer, or its outcome is unknown and it has at
 * most one effect. This product's server joins repeated requests, so a call to it always has its answer.
 */
import type { Entry } from 'durable-mcp/testing';
import type { Outcome } from './caller';
import { callOf, KINDS, nameOf, type Kind, type Round } from './points';
import type { Played, Told } from './round';

export interface Verdict {
  readonly round: Round;
  /** What happened to each call: `answer, 1 effect`. */
  readonly happened: Readonly<Record<Kind, string>>;
  readonly problems: readonly string[];
}

/** `entries`: the whole ledger, read when nothing can be added any more. */
export function judge({ round, told, problems }: Played, entries: readonly Entry[]): Verdict {
  const count = (what: string) => entries.filter((entry) => entry.what === what).length;
  const effectsOf = (name: string) => count(`effect ${name}`);
  const wrong = told.flatMap((one) => problemsOf(one, effectsOf(one.name), round));
  const answeredTwice = KINDS.map((kind) => callOf(round, kind)).filter(
    (name) => count(`answer ${name} accept`) > 1,
  );
  const happened = Object.fromEntries(
    KINDS.map((kind) => {
      const one = told.find((each) => each.kind === kind);
      return [kind, summary(one?.outcomes.at(-1), effectsOf(callOf(round, kind)))];
    }),
  ) as Record<Kind, string>;
  const all = [
    ...problems,
    ...wrong,
    ...answeredTwice.map((name) => `the question of ${name} had two answers`),
  ];
  return { round, happened, problems: all.map((problem) => `${nameOf(round)}: ${problem}`) };
}

function problemsOf({ kind, name, outcomes }: Told, effects: number, { server }: Round): string[] {
  const about = (what: string) => `${name}: ${what}, ${JSON.stringify(outcomes)}, ${effects} effects`;
  // A call with a key is asked for by its key too.
  const expected = kind === 'with a key' ? 2 : 1;
  if (outcomes.length !== expected) return [about(`${outcomes.length} outcomes instead of ${expected}`)];
  return outcomes.flatMap((outcome) => {
    if ('error' in outcome) return [about('an error')];
    if ('text' in outcome) {
      if (outcome.text !== `receipt of ${name}`) return [about("another call's answer")];
      return effects === 1 ? [] : [about('an answer without exactly one effect')];
    }
    if (effects > 1) return [about('more than one effect')];
    return kind === 'afterwards' || server === 'durable-mcp' ? [about('no answer')] : [];
  });
}

function summary(outcome: Outcome | undefined, effects: number): string {
  const said =
    outcome === undefined
      ? 'nothing'
      : 'text' in outcome
        ? 'answer'
        : 'unknown' in outcome
          ? '`OutcomeUnknown`'
          : 'error';
  return `${said}, ${effects} ${effects === 1 ? 'effect' : 'effects'}`;
}
