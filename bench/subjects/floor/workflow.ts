/**
 * The smallest workflow that is durable in the product's way: each signal starts an activity, whose result is
 * in the history.
 */
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

// Temporal requires one timeout. The product sets more, and their cost is the product's.
const { echo } = proxyActivities<FloorActivities>({ scheduleToCloseTimeout: '1h' });

const inTask = proxyLocalActivities<FloorActivities>({ scheduleToCloseTimeout: '1h' });

export async function floor(): Promise<void> {
  let ended = false;
  setHandler(defineSignal<[number]>(CALL_SIGNAL), async (n) => {
    await echo(n);
  });
  // The update design, which bench/subjects/update.ts measures.
  setHandler(defineUpdate<number, [number]>(SHORT_UPDATE), (n) => inTask.echo(n));
  setHandler(defineSignal(END_SIGNAL), () => {
    ended = true;
  });
  await condition(() => ended);
}
