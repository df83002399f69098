/** Runs rounds, a few concurrently, each on a cluster with its own Temporal. */
import { Lane } from './lane';
import { nameOf, type Round } from './matrix';
import { runRound, type Outcome } from './round';

export async function run(
  rounds: readonly Round[],
  lanes: number,
  say: (line: string) => void,
): Promise<Outcome[]> {
  const waiting = [...rounds.entries()];
  const outcomes: Outcome[] = [];
  const work = async () => {
    let lane: Lane | undefined;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [number, round] = next;
        lane ??= await Lane.start();
        const done = await runRound(lane, round, number);
        outcomes.push(...done);
        const failed = done.filter(({ problems }) => problems.length > 0);
        const seconds = Math.max(...done.map(({ ms }) => ms)) / 1_000;
        say(`${done.length - failed.length}/${done.length} ${nameOf(round)} (${seconds.toFixed(1)} s)`);
        failed.forEach(({ kind, problems }) => {
          say(`    ${kind}: ${problems.join('; ')}`);
        });
        if (failed.length === 0) continue;
        await lane.stop(); // a failed round may leave the lane in any state
        lane = undefined;
      }
    } finally {
      await lane?.stop();
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, rounds.length) }, work));
  return outcomes;
}
