/** The options of `npm run bench`. */
import { parseArgs } from 'node:util';
import { roundsOf } from './rounds';

export interface Options {
  readonly rounds: number;
  /** Write CPU profiles of the Node processes. */
  readonly profile: boolean;
  /** Write the report into docs/performance.md. */
  readonly write: boolean;
  /** Run only these scenarios. Default: all. */
  readonly only: string[];
  /** Measure only this many idle sessions, instead of the scenarios. */
  readonly idle: number[];
  /** Measure only Temporal's settings, instead of the scenarios. */
  readonly settings: boolean;
  /** The command line, which the report names so that a reader can repeat the run. */
  readonly command: string;
}

/** @throws Error for unknown options, such as a scenario that is not one of `scenarios` */
export function readOptions(args: string[], scenarios: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      profile: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      idle: { type: 'string', multiple: true, default: [] },
      settings: { type: 'boolean', default: false },
    },
  });
  const { profile, write, only, settings } = values;
  const unknown = only.find((name) => !scenarios.includes(name));
  if (unknown !== undefined)
    throw new Error(`--only takes ${scenarios.join(', ')}; ${unknown} is none of them.`);
  if (write && only.length > 0)
    throw new Error('--write takes the report of all scenarios; leave out --only, or --write.');
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const [rounds, idle] = [roundsOf(values.rounds), values.idle.map(countOf)];
  return { rounds, profile, write, only, idle, settings, command };
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error('--idle takes a whole number from 1.');
  return count;
}
