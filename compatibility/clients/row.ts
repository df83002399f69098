/** The outcomes of one client, and their texts. */
import type { Outcome, Outcomes } from './check';
import { CHECKS, type Check, type DriverCommand, type PublishedClient } from './client';
import { PLACES, type PlaceName } from './place';

export interface Row {
  readonly client: PublishedClient;
  readonly command?: DriverCommand;
  /** Why the client could not be driven. `isExplained` if this machine is the reason. */
  readonly missing?: { readonly why: string; readonly isExplained: boolean };
  readonly outcomes: Map<PlaceName, Outcomes>;
}

export function markOf(outcome: Outcome | undefined): string {
  if (outcome === 'passed') return '✓';
  return outcome && 'cannot' in outcome ? '–' : '✗';
}

/** One mark if the outcome is the same in both places, otherwise a mark for each place. */
export function cellOf({ outcomes, missing }: Row, check: Check): string {
  if (missing) return '';
  const marks = PLACES.map((place) => markOf(outcomes.get(place)?.get(check)));
  return new Set(marks).size === 1
    ? (marks[0] ?? '')
    : PLACES.map((place, i) => `${place} ${marks[i]}`).join(', ');
}

/**
 * An explanation for each check that did not pass, if there is one, and for a check that passes only by
 * chance.
 */
export function explanations({ client, outcomes, missing }: Row): string[] {
  if (missing) return missing.isExplained ? [missing.why] : [];
  const byChance = client.atItsLimit ? [`node killed, one node, at its limit: ${client.atItsLimit}`] : [];
  const sentences = CHECKS.flatMap((check) => {
    const why = PLACES.map((place) => outcomes.get(place)?.get(check)).find(
      (outcome) => outcome !== undefined && outcome !== 'passed',
    );
    if (!why) return [];
    const sentence = 'cannot' in why ? why.cannot : client.explained?.[check];
    return sentence ? [`${check}: ${sentence}`] : [];
  });
  return [...sentences, ...byChance];
}

/** Failures without an explanation, and explanations of checks that pass. */
export function unexplained({ client, outcomes, missing }: Row): string[] {
  if (missing) return missing.isExplained ? [] : [missing.why];
  return CHECKS.flatMap((check) => {
    const { [check]: explained } = client.explained ?? {};
    const failures = PLACES.flatMap((place) => {
      const outcome = outcomes.get(place)?.get(check);
      if (client.atItsLimit && check === 'node killed' && place === 'one node') return [];
      return outcome !== 'passed' && outcome && 'failure' in outcome
        ? [`${check}, ${place}: ${outcome.failure}`]
        : [];
    });
    if (explained) return failures.length > 0 ? [] : [`${check} passes, but is explained: ${explained}`];
    return failures;
  });
}

export function lineOf(row: Row): string {
  const cells = CHECKS.map((check) => `${check} ${cellOf(row, check)}`).join(' | ');
  return [
    `${row.client.name}: ${row.missing ? 'not driven' : cells}`,
    ...explanations(row).map((each) => `  explained: ${each}`),
    ...unexplained(row).map((each) => `  ✗ ${each.replaceAll('\n', '\n    ')}`),
  ].join('\n');
}
