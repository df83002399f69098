/** Plays the rounds: each server has a lane of its own, with one round at a time. */
import { judge, type Verdict } from './judge';
import { PLACES } from './place';
import { nameOf, roundsOf, type Round, type ServerName, SERVERS } from './points';
import { play, type Played } from './round';

export async function run(rounds: number, log: (line: string) => void): Promise<Verdict[]> {
  const lanes = SERVERS.map((server) => runLane(server, roundsOf(rounds, [server]), log));
  return (await Promise.all(lanes)).flat();
}

async function runLane(
  server: ServerName,
  rounds: readonly Round[],
  log: (line: string) => void,
): Promise<Verdict[]> {
  const place = await PLACES[server]();
  try {
    const played: Played[] = [];
    for (const round of rounds) {
      played.push(await play(round, place).catch((error: unknown) => broken(round, error)));
      log([nameOf(round), ...(played.at(-1)?.problems ?? [])].join(': '));
    }
    const all = played.map((one) => one.round);
    const unsettled = await place.settled().then(
      () => [],
      (error: unknown) => [`${server} does not come to rest: ${String(error)}`],
    );
    const entries = place.ledger.entries();
    const verdicts = played.map((one) => judge(one, entries));
    const [last] = all.slice(-1);
    if (last && unsettled.length > 0)
      verdicts.push({
        round: last,
        happened: { 'with a key': '', 'without a key': '' },
        problems: unsettled,
      });
    return verdicts;
  } finally {
    await place.stop();
  }
}

const broken = (round: Round, error: unknown): Played => ({
  round,
  told: [],
  problems: [`the round could not be played: ${error instanceof Error ? error.message : String(error)}`],
});
