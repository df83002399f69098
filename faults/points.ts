/**
 * Brings a round's calls to the point at which the fault strikes. The ledger, the history or the clients show
 * that a call has reached it.
 */
import { until } from 'durable-mcp/testing';
import type { Cell } from './cell';
import { hasAsked, hasSignal, isOver, wasSuspended } from './history';
import type { Lane } from './lane';
import type { Point } from './matrix';

/**
 * Awaits the condition `what` for one cell after the other, while all cells run. @throws Error if a call was
 * refused, or its condition is not met in time
 */
export async function each(
  what: string,
  cells: readonly Cell[],
  look: (cell: Cell) => Promise<boolean> | boolean,
): Promise<void> {
  for (const cell of cells) {
    const found = await until(() => cell.caller.refused ?? look(cell), 120_000).catch(String);
    if (cell.caller.refused)
      throw new Error(`${what}: the ${cell.kind} call was refused, ${cell.caller.refused}`);
    if (found !== true)
      throw new Error(`${what}: nothing came of the ${cell.kind} call, ${found}; ${await cell.describe()}`);
  }
}

/**
 * Brings the cells to `point`. At three points, a process would continue before the fault can strike, so it is
 * frozen: the worker at `request received`, Temporal at `promoting`, the node at `result recorded`. The strike
 * thaws it; see faults.ts.
 */
export async function reach(point: Point, lane: Lane, cells: readonly Cell[]): Promise<void> {
  if (point === 'request received') lane.worker.freeze();
  cells.forEach(({ caller }) => {
    caller.start();
  });
  switch (point) {
    case 'request received':
      return each(point, cells, async (cell) => hasSignal(await cell.log(), 'request'));
    case 'inline':
      return each(point, cells, (cell) => noted(cell, point));
    case 'promoting':
      // The handler goes on when Temporal cannot hear any more that its call is promoted.
      await each(point, cells, (cell) => noted(cell, 'inline'));
      lane.cluster.temporal.freeze();
      cells.forEach((cell) => {
        cell.open('inline');
      });
      return each(point, cells, (cell) => noted(cell, 'activity started'));
    case 'step claimed':
      return each(point, cells, async (cell) => {
        if (!cell.isAsk) return noted(cell, point);
        const log = await cell.log();
        return hasAsked(log) && cell.caller.asked !== undefined && (!cell.suspends || wasSuspended(log));
      });
    case 'step recorded':
      return each(point, cells, async (cell) =>
        cell.kind === 'sleep (suspended)' ? wasSuspended(await cell.log()) : noted(cell, point),
      );
    case 'effect done':
      return each(
        point,
        cells,
        (cell) => noted(cell, point) && (cell.kind !== 'progress' || cell.caller.events.length >= 3),
      );
    case 'activity started':
      return each(point, cells, (cell) => noted(cell, point));
    case 'result recorded':
      await each(point, cells, (cell) => noted(cell, 'ending'));
      lane.node.freeze();
      cells.forEach((cell) => {
        cell.open('ending');
      });
      return each(point, cells, async (cell) => isOver(await cell.log()));
    case 'response sent':
      return each(point, cells, (cell) => cell.caller.hasResponse);
  }
}

const noted = (cell: Cell, what: string): boolean => cell.notes(what).length > 0;
