/** The interface of an attack: what one hostile client does while innocent clients use the same cluster. */
import type { Field } from './field';

export interface Attack {
  /** The name, for the command line and the table. */
  readonly name: string;
  /** A description for docs/hostile.md, one sentence. */
  readonly what: string;
  /** The attack's handlers end their worker, so deaths of workers are no violation. */
  readonly endsWorkers?: true;
  /** How many times longer the attack lasts than others, because its set-up takes long. Default 1. */
  readonly longer?: number;
  /** Additional arguments of the nodes. */
  readonly nodeArgs?: string[];
  /** Runs until the time of the field is over; open requests are then cut. */
  run(field: Field): Promise<void>;
}
