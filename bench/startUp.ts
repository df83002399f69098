/**
 * How long `npm start` takes until it serves, npm included, where Temporal is in the cache and the workflow bundle is built, as `npm ci`
 * leaves them.
 */
import path from 'node:path';
import { Child } from './child';

export interface StartUp {
  /** Seconds, on a data folder that is not there yet. */
  readonly first: number[];
  /** On the one that the start before has left. */
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
