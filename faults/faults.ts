/**
 * The faults: which process is killed or frozen, what the calls and their clients do meanwhile, and how the
 * process comes back.
 */
import { setTimeout as pass } from 'node:timers/promises';
import type { Cell } from './cell';
import { hasAsked, isOver } from './history';
import type { Lane } from './lane';
import { KINDS, type Fault, type Round, type Victim } from './matrix';
import { each } from './points';

/**
 * How long Temporal stays frozen: longer than the heartbeat timeout of 5 s. A fixed time, because a frozen
 * Temporal shows no sign of the timeout to wait for.
 */
const FROZEN_MS = 6_000;

/**
 * Applies the fault. Resolves when every process that is to come back has come back; clients may still wait
 * for their answers.
 */
type Strike = (lane: Lane, cells: readonly Cell[], round: Round) => Promise<void>;

export const STRIKES: Record<Fault, Record<Victim, Strike>> = {
  kill: {
    async node(lane, cells, round) {
      await lane.kill(lane.node);
      lane.goOn('worker', 'Temporal');
      leave(lane, cells, round);
      if (round.node === 'same node') await lane.restartNodes();
    },

    async worker(lane, cells, round) {
      await lane.kill(lane.worker);
      lane.goOn('node', 'Temporal');
      leave(lane, cells, round);
      await lane.startWorker();
    },

    /** Handlers run while Temporal is down, so their records and messages have to wait. */
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
    /**
     * Frozen until each call has ended without this node, or until its question is in the history and can
     * reach the client only through the frozen node.
     */
    async node(lane, cells, round) {
      lane.node.freeze();
      lane.goOn('worker', 'Temporal');
      leave(lane, cells, round);
      release(cells);
      if (round.node === 'other node') return;
      await each('the frozen node is done without', cells, async (cell) => {
        const log = await cell.log();
        return isOver(log) || (hasAsked(log) && !cell.caller.asked);
      });
      lane.node.thaw();
    },

    /**
     * Frozen until each call continues in another worker. Then the frozen attempts run to their end, before
     * the attempts that replaced them.
     */
    async worker(lane, cells, round) {
      const zombie = lane.worker;
      zombie.freeze();
      lane.goOn('node', 'Temporal');
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

/** Moves the clients to the other node, if the round says so. Otherwise they keep their connections. */
function leave({ otherNode }: Lane, cells: readonly Cell[], { node }: Round): void {
  if (node === 'same node') return;
  cells.forEach(({ caller }) => {
    caller.goTo(otherNode.ready);
  });
}

async function outage(lane: Lane, cells: readonly Cell[], round: Round): Promise<void> {
  lane.goOn('worker', 'node');
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

/** Whether the call needs no other worker: it has its result, is lost, or is suspended. */
async function hasMovedOn(cell: Cell, { point }: Round): Promise<boolean> {
  const log = await cell.log();
  return isOver(log) || (point === 'step claimed' && cell.isAsk && cell.suspends);
}

/** Whether the attempt in process `pid` has passed the gate of the round's point, or never waited there. */
const isLet = (cell: Cell, { point }: Round, pid: number): boolean =>
  !(KINDS[cell.kind] as readonly string[]).includes(point) ||
  !noted(cell, point, pid) ||
  noted(cell, `passed ${point}`, pid);
