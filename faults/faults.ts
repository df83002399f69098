/** What is killed or frozen, what the calls and their clients do meanwhile, and how it comes back. */
import { setTimeout as pass } from 'node:timers/promises';
import type { Cell } from './cell';
import { hasAsked, isOver } from './history';
import type { Lane } from './lane';
import { KINDS, type Fault, type Round, type Victim } from './matrix';
import { each } from './points';

/** Beyond the heartbeat timeout of 5 s. Only where Temporal itself is frozen, and nobody else can say that it is over. */
const FROZEN_MS = 6_000;

/** Strikes; resolves when all that is to come back has come back. Clients need not have their answers by then. */
type Strike = (lane: Lane, cells: readonly Cell[], round: Round) => Promise<void>;

export const STRIKES: Record<Fault, Record<Victim, Strike>> = {
  kill: {
    async node(lane, cells, round) {
      await lane.kill(lane.node);
      lane.worker.thaw();
      leave(lane, cells, round);
      if (round.node === 'same node') await lane.restartNodes();
    },

    async worker(lane, cells, round) {
      await lane.kill(lane.worker);
      lane.node.thaw();
      leave(lane, cells, round);
      await lane.startWorker();
    },

    /** The handlers go on while it is away: what they record and say has to wait for it. */
    async Temporal(lane, cells, round) {
      await lane.killTemporal();
      await outage(lane, cells, round);
      await lane.restartTemporal();
    },

    async all(lane, cells, round) {
      const { node, otherNode, worker } = lane;
      await Promise.all([
        lane.killTemporal(),
        ...[node, otherNode, worker].map((command) => lane.kill(command)),
      ]);
      leave(lane, cells, round);
      await lane.restartTemporal();
      await Promise.all([lane.restartNodes(), lane.startWorker()]);
    },
  },

  freeze: {
    /** Until each call has ended without it, or waits for a client that it keeps from being asked. */
    async node(lane, cells, round) {
      lane.node.freeze();
      lane.worker.thaw();
      leave(lane, cells, round);
      release(cells);
      if (round.node === 'other node') return;
      await each('the frozen node is done without', cells, async (cell) => {
        const log = await cell.log();
        return isOver(log) || (hasAsked(log) && !cell.caller.asked);
      });
      lane.node.thaw();
    },

    /** Until each call goes on in another worker. Then it is let go to its end, before those that took its place. */
    async worker(lane, cells, round) {
      const zombie = lane.worker;
      zombie.freeze();
      lane.node.thaw();
      leave(lane, cells, round);
      await lane.startWorker();
      await each(
        'the call goes on in another worker',
        cells,
        async (cell) => isElsewhere(cell, lane.worker.pid) || hasMovedOn(cell, round),
      );
      lane.ledger.open(`free ${zombie.pid}`);
      zombie.thaw();
      await each('the frozen worker is let go', cells, (cell) => isLet(cell, round, zombie.pid));
    },

    async Temporal(lane, cells, round) {
      lane.cluster.temporal.freeze();
      await outage(lane, cells, round);
      await pass(FROZEN_MS);
      lane.cluster.temporal.thaw();
    },

    async all(lane, cells, round) {
      const commands = [lane.node, lane.otherNode, lane.worker];
      lane.cluster.temporal.freeze();
      commands.forEach((command) => {
        command.freeze();
      });
      leave(lane, cells, round);
      await pass(FROZEN_MS);
      lane.cluster.temporal.thaw();
      commands.forEach((command) => {
        command.thaw();
      });
    },
  },
};

/** A client whose connection is whole leaves it to go elsewhere; one that stays is given no reason to. */
function leave({ otherNode }: Lane, cells: readonly Cell[], { node }: Round): void {
  if (node === 'same node') return;
  cells.forEach(({ caller }) => {
    caller.goTo(otherNode.ready);
  });
}

async function outage(lane: Lane, cells: readonly Cell[], round: Round): Promise<void> {
  lane.worker.thaw();
  lane.node.thaw();
  leave(lane, cells, round);
  release(cells);
  await each('handlers go on in the outage', cells, (cell) => isLet(cell, round, lane.worker.pid));
}

function release(cells: readonly Cell[]): void {
  cells.forEach((cell) => {
    cell.release();
  });
}

const noted = (cell: Cell, what: string, by: number): boolean =>
  cell.notes(what).some(({ pid }) => pid === by);

const isElsewhere = (cell: Cell, pid: number): boolean =>
  noted(cell, 'again', pid) || noted(cell, 'activity started', pid);

/** The frozen worker has nothing to do with it any more, and nobody else has yet. */
async function hasMovedOn(cell: Cell, { point }: Round): Promise<boolean> {
  const log = await cell.log();
  return isOver(log) || (point === 'step claimed' && cell.isAsk && cell.suspends);
}

/** Whoever was held at the point has gone on from it. */
const isLet = (cell: Cell, { point }: Round, pid: number): boolean =>
  !(KINDS[cell.kind] as readonly string[]).includes(point) ||
  !noted(cell, point, pid) ||
  noted(cell, `passed ${point}`, pid);
