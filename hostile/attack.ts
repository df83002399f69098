/** What a hostile client does, beside innocent ones. */
import type { Field } from './field';

export interface Attack {
  /** For the command line and the table. */
  readonly name: string;
  /** A sentence for docs/hostile.md. */
  readonly what: string;
  /** Its handlers end the process that they run in: such a process is expected to be started again. */
  readonly endsWorkers?: true;
  /** How many times as long as others it goes on: it takes so long to be in place. Default 1. */
  readonly longer?: number;
  /** More arguments of the nodes. */
  readonly nodeArgs?: string[];
  /** Goes on until the field's time is over; what is open then is cut. */
  run(field: Field): Promise<void>;
}
