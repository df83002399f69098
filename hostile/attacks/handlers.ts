/** One session calls tools whose handlers harm their process, or record and send excessively. */
import type { Attack } from '../attack';

/** Calls the tool repeatedly, `atOnce` concurrently. */
const calling =
  (tool: string, atOnce: number, args: Record<string, unknown> = {}): Attack['run'] =>
  async (field) => {
    const client = await field.session();
    await field.again(atOnce, (n) => field.call(client, n, tool, args));
  };

export const HANDLERS: readonly Attack[] = [
  {
    name: 'logs',
    what: 'A tool says 7.4 MB of log messages and throws, up to 12 times for each call.',
    run: calling('loud-and-throws', 1),
  },
  {
    name: 'big step',
    what: 'A handler records a step of 1.4 MB and kills its worker (SIGKILL), at each attempt.',
    endsWorkers: true,
    run: calling('big-step-and-dies', 1),
  },
  {
    name: 'exit',
    what: 'A handler ends its process (`process.exit`), at each attempt.',
    endsWorkers: true,
    run: calling('exits', 1),
  },
  {
    name: 'block',
    what: 'A handler blocks the event loop of its worker for 9 s, again and again.',
    run: calling('blocks', 1),
  },
  {
    name: 'timer',
    what: 'A handler throws from a timer after its answer.',
    run: calling('throws-later', 4),
  },
  {
    name: 'timer in node',
    what: "A handler with `execution: 'node'`, which its node runs, throws from a timer after its answer.",
    run: calling('throws-later-here', 4),
  },
  {
    name: 'steps',
    what: '11 parallel calls with 990 at-least-once steps each, again and again.',
    run: calling('many-steps', 11, { steps: 990 }),
  },
  {
    name: 'once steps',
    what: '3 parallel calls with 750 at-most-once steps each, again and again.',
    run: calling('many-once-steps', 3, { steps: 750 }),
  },
];
