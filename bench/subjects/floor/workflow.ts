/** The least that can be durable in the product's way: each signal starts an activity, whose result stands in the history. */
import {
  condition,
  defineSignal,
  defineUpdate,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from '@temporalio/workflow';
import { CALL_SIGNAL, END_SIGNAL, SHORT_UPDATE } from './names';

export interface FloorActivities {
  echo(n: number): Promise<number>;
}

// Temporal requires one timeout; what the product sets beyond it is the product's cost.
const { echo } = proxyActivities<FloorActivities>({ scheduleToCloseTimeout: '1h' });

const inTask = proxyLocalActivities<FloorActivities>({ scheduleToCloseTimeout: '1h' });

export async function floor(): Promise<void> {
  let ended = false;
  setHandler(defineSignal<[number]>(CALL_SIGNAL), async (n) => {
    await echo(n);
  });
  // The other design (bench/subjects/update.ts).
  setHandler(defineUpdate<number, [number]>(SHORT_UPDATE), (n) => inTask.echo(n));
  setHandler(defineSignal(END_SIGNAL), () => {
    ended = true;
  });
  await condition(() => ended);
}
