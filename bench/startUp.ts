/**
 * How long what `npm start` runs takes until it serves, where Temporal is in the cache and the workflow bundle is built, as `npm ci` leaves
 * them. Not through npm, which ends before what it has started, and would let two servers meet on one folder.
 */
import path from 'node:path';
import { COMMAND, Child } from './child';

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
  const args = [COMMAND, 'dev', 'examples/shop.ts', '--port', '0', '--data', data];
  const dev = await Child.startNode('durable-mcp dev', args);
  const seconds = (performance.now() - began) / 1_000;
  await dev.stop();
  return seconds;
}
