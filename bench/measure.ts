/**
 * Runs one scenario with all subjects in turns, round by round, so that other load on the machine affects all
 * of them alike.
 */
import type { Scenario, Running } from './scenarios/scenario';
import type { Round, Subject } from './subjects/subject';
import type { SubjectName } from './subjects/names';

export interface Measured {
  readonly scenario: Scenario;
  readonly outcomes: Outcome[];
}

/**
 * The outcome of one subject. A subject that failed has no rounds: a part of its rounds could not be
 * compared.
 */
export interface Outcome {
  readonly subject: SubjectName;
  readonly rounds: Round[];
  readonly failure?: string;
}

/**
 * The first round is a warm-up and does not count. `settle` is awaited before each subject's round: Temporal
 * still writes after the last answer, which must not slow down the next subject.
 */
export async function measure(
  subjects: Subject[],
  scenario: Scenario,
  rounds: number,
  settle: () => Promise<void>,
): Promise<Measured> {
  const measurements = subjects.map((subject) => new Measurement(subject, scenario));
  for (const measurement of measurements) await measurement.begin();
  for (let round = 0; round <= rounds; round++)
    for (const measurement of measurements.filter(({ isRunning }) => isRunning)) {
      await settle();
      await measurement.goOn(round > 0);
    }
  for (const measurement of measurements) await measurement.end();
  return { scenario, outcomes: measurements.flatMap(({ outcome }) => outcome ?? []) };
}

/**
 * One scenario with one subject. A failure is this subject's outcome, and does not end the measurements of
 * others.
 */
class Measurement {
  private running: Running | undefined;
  private readonly rounds: Round[] = [];
  private failure: string | undefined;

  constructor(
    private readonly subject: Subject,
    private readonly scenario: Scenario,
  ) {}

  get isRunning(): boolean {
    return this.running !== undefined && this.failure === undefined;
  }

  begin(): Promise<void> {
    return this.try(async () => {
      this.running = await this.scenario.begin(this.subject);
    });
  }

  goOn(counts: boolean): Promise<void> {
    return this.try(async () => {
      const round = await this.running?.round();
      if (counts && round) this.rounds.push(round);
    });
  }

  end(): Promise<void> {
    return this.try(async () => this.running?.end());
  }

  /** Absent if the scenario does not apply to the subject. */
  get outcome(): Outcome | undefined {
    const { failure } = this;
    const subject = this.subject.name;
    if (failure !== undefined) return { subject, rounds: [], failure };
    return this.running && { subject, rounds: this.rounds };
  }

  private async try(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.failure ??= error instanceof Error ? error.message : String(error);
      console.error(`bench: ${this.subject.title} failed in ${this.scenario.name}: ${this.failure}`);
    }
  }
}
