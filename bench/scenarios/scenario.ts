/** The interface of a scenario: it begins with a subject, is repeated in rounds, and selects the figures of a round. */
import type { Round, Subject } from '../subjects/subject';
import type { SubjectName } from '../subjects/names';
import { percentile } from '../stats';

export interface Scenario {
  /** Its name for `--only`, and in the samples. */
  readonly name: string;
  /** The heading of its table. */
  readonly title: string;
  /** The subject by whose figures those of the others are divided. */
  readonly base: SubjectName;
  readonly columns: Column[];
  /** Absent if the subject has nothing to measure here. */
  begin(subject: Subject): Promise<Running> | undefined;
}

export interface Running {
  round(): Promise<Round>;
  end(): Promise<void>;
}

export interface Column {
  readonly title: string;
  readonly unit: 'ms' | '';
  /** Absent if the round has none. */
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
