/** The measurements that run alone, after all scenarios have ended. */
import { measureAnatomy, type Anatomy } from './anatomy/anatomy';
import type { Idle } from './idle/idle';
import { runIdle } from './idle/run';
import { measureStartUp, type StartUp } from './startUp';

/** The number of idle sessions in the comparison; `--idle` measures other numbers. */
const IDLE_SESSIONS = 200;
/** The subjects whose calls are broken down into phases. */
const DISSECTED = ['product', 'product-once'] as const;

export interface Alone {
  readonly idle: Idle[];
  readonly anatomies: Anatomy[];
  readonly startUp: StartUp;
}

export async function measureAlone(rounds: number, data: string): Promise<Alone> {
  const idle = await runIdle(IDLE_SESSIONS, data);
  const anatomies: Anatomy[] = [];
  for (const name of DISSECTED) anatomies.push(await measureAnatomy(name, data));
  return { idle, anatomies, startUp: await measureStartUp(rounds, data) };
}
