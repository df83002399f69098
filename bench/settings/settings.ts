/** Settings of the embedded server and of the worker, each measured against the product's own choice. */
import type { WorkerOptions } from '@temporalio/worker';

export interface Setting {
  /** Part of a task queue's name. */
  readonly name: string;
  readonly title: string;
  /** The product's choice. */
  readonly ours: string;
  /** The alternative. */
  readonly other: string;
  /** Arguments of the server; later ones override earlier ones. */
  readonly server?: readonly string[];
  readonly worker?: Partial<WorkerOptions>;
}

const dynamic = (...settings: string[]) => settings.flatMap((each) => ['--dynamic-config-value', each]);

export const SETTINGS: Setting[] = [
  {
    name: 'poll-rps',
    title: '`history.transferProcessorMaxPollRPS`',
    ours: '100',
    other: "20, Temporal's default",
    server: dynamic('history.transferProcessorMaxPollRPS=20'),
  },
  {
    name: 'locks',
    title: '`locking_mode` of SQLite',
    ours: 'EXCLUSIVE',
    other: "NORMAL, the server's default",
    server: ['--sqlite-pragma', 'locking_mode=NORMAL'],
  },
  {
    name: 'partitions',
    title: 'partitions of a task queue',
    ours: "4, Temporal's default",
    other: '1',
    server: dynamic('matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1'),
  },
  {
    name: 'eager-off',
    title: 'eager activities',
    ours: "on, Temporal's default",
    other: 'off',
    worker: { maxEagerActivityReservationsPerWorkflowTask: 0 },
  },
  {
    name: 'pollers-2',
    title: 'pollers for workflow tasks and for activities',
    ours: '4 each',
    other: '2 each',
    worker: { maxConcurrentWorkflowTaskPolls: 2, maxConcurrentActivityTaskPolls: 2 },
  },
  {
    name: 'pollers-10',
    title: 'the same',
    ours: '4 each',
    other: "10 each, the SDK's default",
    worker: { maxConcurrentWorkflowTaskPolls: 10, maxConcurrentActivityTaskPolls: 10 },
  },
  {
    name: 'slots-10',
    title: 'slots for activities',
    ours: "100, the SDK's default",
    other: '10',
    worker: { maxConcurrentActivityTaskExecutions: 10 },
  },
  {
    name: 'tasks-10',
    title: 'slots for workflow tasks',
    ours: "40, the SDK's default",
    other: '10',
    worker: { maxConcurrentWorkflowTaskExecutions: 10 },
  },
  {
    name: 'cache-10',
    title: 'cached workflows',
    ours: "the SDK's default, by memory",
    other: '10',
    worker: { maxCachedWorkflows: 10 },
  },
  {
    name: 'threads-2',
    title: 'threads for workflows',
    ours: "1, the SDK's default",
    other: '2',
    worker: { workflowThreadPoolSize: 2 },
  },
  {
    name: 'no-disk',
    title: 'waiting for the disk (`synchronous` of SQLite)',
    ours: 'at each commit',
    other: 'never, which loses what is durable when the machine dies',
    server: ['--sqlite-pragma', 'synchronous=OFF'],
  },
];
