/**
 * `npm run bench -- --settings`: the floor with the product's settings, and beside it the floor with one
 * setting changed at a time.
 */
import path from 'node:path';
import { startEmbeddedTemporal } from '../../src/temporal/embedded';
import { measure, type Measured } from '../measure';
import { calls } from '../scenarios/calls';
import { Floor } from '../subjects/floor';
import { SETTINGS } from './settings';

/** One call at a time, and enough concurrent calls to saturate the machine. */
export const SCENARIOS = [calls(1, 25), calls(32, 2)];

/** `data` is the folder for the servers' databases. */
export async function measureSettings(rounds: number, data: string): Promise<Measured[]> {
  const ends: (() => Promise<void>)[] = [];
  const startServer = async (name: string, moreArgs: readonly string[]) => {
    const where = { data: path.join(data, name), port: 0, uiPort: 0, moreArgs };
    const server = await startEmbeddedTemporal(where, console.error);
    ends.unshift(() => server.stop());
    return server.address;
  };
  try {
    const ours = await startServer('ours', []);
    const floors = [await Floor.start(ours)];
    for (const { name, server, worker } of SETTINGS) {
      const address = server ? await startServer(name, server) : ours;
      floors.push(await Floor.start(address, { name: `floor-${name}`, settings: worker }));
    }
    ends.unshift(async () => void (await Promise.all(floors.map((floor) => floor.stop()))));
    const measured: Measured[] = [];
    for (const scenario of SCENARIOS) {
      console.error(`settings, ${scenario.name}, warm-up and ${rounds} rounds …`);
      measured.push(await measure(floors, scenario, rounds, () => Promise.resolve()));
    }
    return measured;
  } finally {
    for (const end of ends) await end();
  }
}
