/** The actions of a hostile client beside innocent ones. */
import type { Field } from './field';

export interface Attack {
  /** The name, for the command line and the table. */
  readonly name: string;
  /** A description for docs/hostile.md, one sentence. */
  readonly what: string;
  /** Its handlers end their process, which is expected to be restarted. */
  readonly endsWorkers?: true;
  /** The factor by which it lasts longer than other attacks, because it takes long to be in place. Default 1. */
  readonly longer?: number;
  /** Additional arguments of the nodes. */
  readonly nodeArgs?: string[];
  /** Runs until the field's time is over; open requests are then cut. */
  run(field: Field): Promise<void>;
}
