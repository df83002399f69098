/**
 * Measures the time until `npm start` serves, including npm itself, with Temporal in the cache and the
 * workflow bundle built, as after `npm ci`.
 */
import path from 'node:path';
import { Child } from './child';

export interface StartUp {
  /** Seconds with a new data folder. */
  readonly first: number[];
  /** Seconds with the data folder of a previous start. */
  readonly again: number[];
}

export async function measureStartUp(rounds: number, data: string): Promise<StartUp> {
  const startUp: StartUp = { first: [], again: [] };
  for (let round = 0; round < rounds; round++) {
    const folder = path.join(data, `start-up-${round}`);
    startUp.first.push(await secondsToServe(folder));
    startUp.again.push(await secondsToServe(folder));
  }
  return startUp;
}

async function secondsToServe(data: string): Promise<number> {
  const began = performance.now();
  const args = ['start', '--', '--port', '0', '--data', data];
  const npm = await Child.start({ title: 'npm start', command: 'npm', args });
  const seconds = (performance.now() - began) / 1_000;
  await npm.stop();
  return seconds;
}
