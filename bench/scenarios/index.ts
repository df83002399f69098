/** The scenarios of `npm run bench`, in the order of the report. */
import { calls } from './calls';
import { firstEvent } from './firstEvent';
import { opening } from './opening';
import { progress } from './progress';
import { rate } from './rate';
import { resuming } from './resuming';
import type { Scenario } from './scenario';
import { work } from './work';

export const SCENARIOS: Scenario[] = [
  calls(1, 25),
  calls(8, 5),
  calls(32, 2),
  calls(128, 1),
  work(1, 10),
  work(32, 3),
  opening,
  firstEvent,
  progress,
  resuming,
  rate('ping', 1, 100),
  rate('ping', 8, 25),
  rate('tools/list', 1, 50),
  rate('tools/list', 8, 20),
];
