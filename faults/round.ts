/**
 * One round: sessions are opened, their calls reach the point, the fault strikes, the processes come back,
 * and each cell is judged.
 */
import { Cell } from './cell';
import { STRIKES } from './faults';
import { judge } from './judge';
import type { Lane } from './lane';
import type { Kind, Round } from './matrix';
import { each, reach } from './points';

export interface Outcome {
  readonly round: Round;
  readonly kind: Kind;
  /** Empty if the cell holds. */
  readonly problems: readonly string[];
  readonly ms: number;
}

/** `number` distinguishes the round's ledger entries from those of the lane's other rounds. */
export async function runRound(lane: Lane, round: Round, number: number): Promise<Outcome[]> {
  const began = Date.now();
  const outcome = (kind: Kind, problems: string[]) => ({ round, kind, problems, ms: Date.now() - began });
  try {
    await lane.restore();
    lane.ledger.open(`before ${lane.worker.pid}`);
    const prepare = (kind: Kind, i: number) => Cell.prepare(kind, round, `r${number}-${i}`, lane);
    const cells = await Promise.all(round.kinds.map(prepare));
    await reach(round.point, lane, cells);
    await STRIKES[round.fault][round.victim](lane, cells, round);
    cells.forEach((cell) => {
      cell.release();
    });
    const ended = await Promise.allSettled(cells.map((cell) => cell.caller.over()));
    lane.node.thaw();
    await lane.restartNodes();
    await wakeGhosts(lane, cells);
    const look = async (cell: Cell, i: number): Promise<Outcome> => {
      const end = ended[i];
      const problems =
        end?.status === 'rejected'
          ? [`no answer: ${String(end.reason)}`]
          : await judged(lane, cell, round).catch((error: unknown) => [`not judged: ${String(error)}`]);
      return outcome(cell.kind, problems);
    };
    return await Promise.all(cells.map(look));
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const worker = `; the worker said ${JSON.stringify(lane.worker.output().slice(-1_000))}`;
    return round.kinds.map((kind) => outcome(kind, [what + worker]));
  }
}

/** Lets the ghost of each attempt whose process is alive try to act for its call. */
async function wakeGhosts(lane: Lane, cells: readonly Cell[]): Promise<void> {
  const alive = lane.livingWorkers();
  cells.forEach((cell) => {
    cell.open('ghost');
  });
  await each('ghosts wake up', cells, (cell) => {
    const count = (what: string) => cell.notes(what).filter(({ pid }) => alive.includes(pid)).length;
    return count('passed ghost') >= count('ghost');
  });
}

async function judged(lane: Lane, cell: Cell, round: Round): Promise<string[]> {
  const { caller, kind, runsOnce } = cell;
  if (caller.refused !== undefined) return [`refused: ${caller.refused}`];
  const { events, eventsAfterFirst: afterFirst } = caller;
  const [here, there] =
    round.node === 'same node' ? [lane.node, lane.otherNode] : [lane.otherNode, lane.node];
  const fetched = await caller.fetchAgain(here.ready);
  const again = await caller.askAgain(there.ready);
  const echoed = await caller.echo('still here');
  return judge({
    kind,
    round,
    runsOnce,
    events,
    again,
    afterFirst,
    fetched,
    effects: cell.notes('effect').length,
    branches: cell.branches,
    failures: cell.notes('declined').length,
    ghostsThatActed: cell.notes('ghost acted').length,
    echoed,
  });
}
