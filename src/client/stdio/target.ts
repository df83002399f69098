/** What to run as an MCP server, and how. Checked at run time: callers may be untyped JavaScript or JSON. */
import { z } from 'zod/v4';
import { LONGEST_TIMER_MS, milliseconds, type Duration } from '../../shared/duration';

export interface StdioTarget {
  /** A name to look up in `PATH`, or a path. No shell interprets it. */
  readonly command: string;
  readonly args?: readonly string[];
  /** By default the current folder of this process. */
  readonly cwd?: string;
  /** Variables of the server's environment, in addition to the inherited ones, which they override. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Which of this process's variables the server gets: `'safe'` (the default) are those without which commands do
   * not run (`PATH`, `HOME`, the language and the like), `'all'` are all of them, secrets included.
   */
  readonly inheritEnv?: 'safe' | 'all' | readonly string[];
  /**
   * `'capture'` (the default) keeps the last 64 kB of what the server writes to standard error; a function gets
   * each line too. `'inherit'` passes it on to this process's standard error, and keeps nothing.
   */
  readonly stderr?: 'capture' | 'inherit' | ((line: string) => void);
  readonly stop?: {
    /** How long the server has to end after the end of its input. Default: 2 s. */
    readonly stdin?: Duration;
    /** How long its process group has to end after SIGTERM, before SIGKILL. Default: 3 s. */
    readonly term?: Duration;
  };
  /** The bytes of the longest message from the server. Default: 64 MiB, since some say a result twice in one. */
  readonly maxMessage?: number;
}

/** How long each step of stopping may take, in milliseconds. */
export interface StopLimits {
  readonly stdin: number;
  readonly term: number;
}

const duration = (byDefault: string) =>
  z
    .union([z.number(), z.string()])
    .default(byDefault)
    .transform((given) => milliseconds(given) ?? Number.NaN)
    .refine((ms) => ms <= LONGEST_TIMER_MS, 'it is no duration such as 500 or "2s", or longer than 24 days');

const TARGET = z.object({
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  inheritEnv: z.union([z.enum(['safe', 'all']), z.array(z.string())]).default('safe'),
  stderr: z
    .union([
      z.enum(['capture', 'inherit']),
      z.custom<(line: string) => void>((value) => typeof value === 'function'),
    ])
    .default('capture'),
  stop: z.object({ stdin: duration('2s'), term: duration('3s') }).prefault({}),
  maxMessage: z
    .number()
    .int()
    .min(1)
    .default(64 * 1024 * 1024),
});

/** A target with its defaults. */
export type CheckedTarget = z.output<typeof TARGET>;

/** @throws TypeError that names each wrong option */
export function checkTarget(target: StdioTarget): CheckedTarget {
  const checked = TARGET.safeParse(target);
  if (checked.success) return checked.data;
  const wrong = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new TypeError(`The MCP server's process cannot be started as described: ${wrong.join('; ')}`);
}
