/**
 * Keeps what happens to a queried session in the order in which a replay has it. Otherwise a later replay can fail
 * (TMPRL1100), and the session stands still for good. Temporal's UI queries, so a look at a busy session was enough.
 * (`queriedSessions.test.ts`) The SDK's core (1.24) has two ways there:
 *
 * - An answer to a query that came with a workflow task ends the task at once, although local activities still run.
 *   Those that have ended leave their markers in it, but the workflow is told of them only in the next task, after the
 *   signals, updates and ends of activities of that task. A replay is told of them in the task of the marker.
 *   Therefore such an answer waits until no local activity runs.
 * - A query without a workflow task can bring events of which no task has told yet: those that came while it waited for
 *   a worker. A replay has them together with what the next task brings, and all signals and updates first. The workflow
 *   can't keep them for the next task either, since core ends a task that brings nothing else without asking it.
 *   Therefore such a query fails, whereupon core forgets the session, and has it anew from Temporal with the next task.
 */
import type { WorkflowInterceptorsFactory, WorkflowInternalsInterceptor } from '@temporalio/workflow';

type Activation = Parameters<Required<WorkflowInternalsInterceptor>['activate']>[0]['activation'];
type Job = NonNullable<Activation['jobs']>[number];
type Command = Parameters<
  Required<WorkflowInternalsInterceptor>['concludeActivation']
>[0]['commands'][number];

/** Core's name of a query without a workflow task. Its answer ends no task. */
const LEGACY_QUERY = 'legacy_query';

const BEHIND = 'The session went on while the query waited for a worker; ask again.';

/** How many run. Each workflow has its own instance of this module. */
let localActivities = 0;
/** Answers to queries that wait until no local activity runs. */
const answers: Command[] = [];
/** The present workflow task. */
let task = '';
/** Whether the history has gone on without a workflow task. The workflow is not told of it. */
let isBehind = false;

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleLocalActivity(input, next): Promise<unknown> {
        localActivities += 1;
        return next(input).finally(() => (localActivities -= 1));
      },
    },
  ],
  internals: [
    {
      activate(input, next) {
        const jobs = input.activation.jobs ?? [];
        const beginsTask = isNewTask(input.activation);
        if (isBehind && (beginsTask || jobs.some(isLegacyQuery))) throw new Error(BEHIND);
        isBehind ||= !beginsTask && jobs.some(isOfEvent);
        if (!isBehind) return next(input);
        next({ ...input, activation: { ...input.activation, jobs: jobs.filter((job) => !isOfEvent(job)) } });
      },
      concludeActivation(input, next) {
        answers.push(...input.commands.filter(mayWait));
        const commands = input.commands.filter((command) => !mayWait(command));
        if (localActivities === 0) commands.push(...answers.splice(0));
        return next({ commands });
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

const isLegacyQuery = ({ queryWorkflow }: Job): boolean => queryWorkflow?.queryId === LEGACY_QUERY;

const mayWait = ({ respondToQuery }: Command): boolean =>
  respondToQuery?.queryId !== undefined && respondToQuery.queryId !== LEGACY_QUERY;
