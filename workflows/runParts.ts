/** What the calls of one run share: the room of its workflow tasks, its length, and the order of its ends. */
import type { CommandBudget } from './commandBudget';
import type { RunLength } from './runLength';
import type { Turns } from './turns';

export interface RunParts {
  readonly budget: CommandBudget;
  readonly length: RunLength;
  readonly turns: Turns;
}
