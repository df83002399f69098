/**
 * Hands what comes to a session's workflow (in the SDK's words, jobs) to it in the order in which a replay has it.
 * Without this a query could make later replays fail (TMPRL1100), and the session stood still for good. Temporal's UI
 * queries, so a look at a busy session was enough. (`queriedSessions.test.ts`) The SDK's core (1.24) has two ways there:
 *
 * - A query that comes with a workflow task is answered while local activities run. Core then ends the task, with
 *   the marker of each one that has ended meanwhile, but tells the workflow of that end only in the next task, after
 *   the signals, updates and ends of activities of that task. A replay is told of it in the first task. Therefore
 *   what comes while local activities run waits until none does.
 * - A query that comes late, since its worker was busy or has gone, brings events of which no workflow task has told
 *   yet. A replay has them together with those of the next task, and all signals and updates first. Therefore what
 *   comes without a workflow task waits for the next.
 *
 * A task that ends by such a query must have left an event. Otherwise core takes it for one that only kept a local activity
 * alive, and a replay has it together with the next.
 *
 * A rare case is left: docs/internals/design.md, "Known weaknesses".
 */
import {
  CancellationScope,
  condition,
  upsertMemo,
  type WorkflowInterceptorsFactory,
  type WorkflowInternalsInterceptor,
} from '@temporalio/workflow';
import { hasAll } from './changes';

type Activation = Parameters<Required<WorkflowInternalsInterceptor>['activate']>[0]['activation'];
type Job = NonNullable<Activation['jobs']>[number];

/** Each workflow has its own instance of this module. */
let localActivities = 0;
/** The present workflow task. */
let task = '';
/** The last one that surely leaves an event. */
let lasting = '';
/** What came without a workflow task. */
let early: Job[] = [];
/** What came while local activities ran, in one delivery for each workflow task. */
const held: (() => void)[] = [];

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      handleUpdate(input, next) {
        lasting = task; // that it was accepted is an event
        return next(input);
      },
    },
  ],
  outbound: [
    {
      scheduleLocalActivity(input, next): Promise<unknown> {
        localActivities += 1;
        if (hasAll() && lasting !== task) upsertMemo({ beganLocally: true });
        lasting = task;
        return next(input).finally(() => (localActivities -= 1));
      },
    },
  ],
  internals: [
    {
      activate(input, next) {
        const beginsTask = isNewTask(input.activation);
        if (!hasAll()) return next(input);
        const deliver = (jobs: Job[]) => {
          next({ ...input, activation: { ...input.activation, jobs } });
        };
        const jobs = input.activation.jobs ?? [];
        const waiting = jobs.filter(isOfEvent);
        if (!beginsTask) early.push(...waiting);
        else {
          const all = [...early, ...waiting].sort((one, other) => rank(one) - rank(other));
          early = [];
          if (localActivities === 0) deliver(all);
          else if (all.length > 0 && held.push(() => deliver(all)) === 1) void deliverHeld();
        }
        deliver(jobs.filter((job) => !isOfEvent(job)));
      },
    },
  ],
});

/** The time of an activation is that at which its workflow task was started. */
function isNewTask({ timestamp }: Activation): boolean {
  const before = task;
  task = `${String(timestamp?.seconds)} ${String(timestamp?.nanos)}`;
  return task !== before;
}

/**
 * Whether an event of the history brings the job. Others need no workflow task: the ends of local activities, queries,
 * and activities that the workflow cancels before Temporal has them.
 */
const isOfEvent = ({ resolveActivity, queryWorkflow }: Job): boolean =>
  !queryWorkflow && !resolveActivity?.isLocal && !resolveActivity?.result?.cancelled;

/** Core's order of the jobs of a workflow task. */
const rank = ({ signalWorkflow, doUpdate }: Job): number => ((signalWorkflow ?? doUpdate) ? 0 : 1);

async function deliverHeld(): Promise<void> {
  for (let next = held[0]; next; held.shift(), next = held[0]) {
    await noneRuns();
    next();
  }
}

/** Resolves when no local activity runs, and all has been done that follows from their ends. */
async function noneRuns(): Promise<void> {
  // The SDK looks at conditions whenever there is nothing else left to do. Those that hold at the same look go on
  // together, so what follows from the others is awaited by a further look.
  for (let look = 0; look < 3; look++) {
    let isNew = true; // a new condition is also looked at at once, which does not count
    const holds = () => {
      const counts = !isNew;
      isNew = false;
      return counts && localActivities === 0;
    };
    await CancellationScope.nonCancellable(() => condition(holds));
  }
}
