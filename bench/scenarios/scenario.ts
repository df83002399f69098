/**
 * The interface of a scenario: it begins with a subject, runs in rounds, and defines the figures of a round.
 */
import type { Round, Subject } from '../subjects/subject';
import type { SubjectName } from '../subjects/names';
import { percentile } from '../stats';

export interface Scenario {
  /** The scenario's name for `--only`, and in the samples. */
  readonly name: string;
  /** The heading of the scenario's table. */
  readonly title: string;
  /** The subject whose figures are the unit of the others' ratios. */
  readonly base: SubjectName;
  readonly columns: Column[];
  /** Returns `undefined` if the scenario does not apply to the subject. */
  begin(subject: Subject): Promise<Running> | undefined;
}

export interface Running {
  round(): Promise<Round>;
  end(): Promise<void>;
}

export interface Column {
  readonly title: string;
  readonly unit: 'ms' | '';
  /** Returns `undefined` if the round has no such samples. */
  figure(round: Round): number | undefined;
}

const percentileOf =
  (percent: number) =>
  (of: string, title = `p${percent}`): Column => ({
    title,
    unit: 'ms',
    figure: ({ samples: { [of]: samples } }) => (samples?.length ? percentile(samples, percent) : undefined),
  });

export const p50 = percentileOf(50);
export const p99 = percentileOf(99);

export const perSecond = (of: string, title: string): Column => ({
  title,
  unit: '',
  figure: ({ wallMs, samples: { [of]: samples } }) => samples && samples.length / (wallMs / 1_000),
});
