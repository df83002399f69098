/**
 * The description of a published client for `npm run clients`, and the protocol of the program that drives
 * it.
 */
import { z } from 'zod';

/** The checks for every client. Each is a column of the table in docs/compatibility.md. */
export const CHECKS = [
  'connect',
  'list',
  'call',
  'progress',
  'elicitation',
  'worker killed',
  'node killed',
  'next call',
] as const;
export type Check = (typeof CHECKS)[number];

export interface PublishedClient {
  /** The package's name and version in its registry: `mcp 1.13.1`. */
  readonly name: string;
  readonly registry: 'npm' | 'PyPI' | 'Go' | 'Maven' | 'crates.io';
  /**
   * Installs the client and its driver into `folder`, which is empty.
   * @throws Unavailable if this machine cannot
   */
  install(folder: string): Promise<DriverCommand>;
  /** Why the client fails a check with every server. A failure without such an explanation fails the run. */
  readonly explained?: Partial<Record<Check, string>>;
  /**
   * Why the check `node killed` with one node passes only sometimes: the client's retries end at about the
   * two seconds for which the node is away.
   */
  readonly atItsLimit?: string;
  /** Advice for users of the client, such as an option that a check needs. */
  readonly note?: string;
}

/**
 * The client cannot run on this machine, which lacks its language or a package. The message is shown in the
 * table.
 */
export class Unavailable extends Error {}

export interface DriverCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * An order to the driver: a line of JSON on its standard input. `connect` comes first and once. A second
 * `call` may come before the answer of the first. The driver answers every elicitation with `{ "name": "Ada"
 * }`, and ends when its standard input ends. Its standard error is shown if a check fails.
 */
export type Order = { readonly id: number } & (
  | { readonly do: 'connect'; readonly url: string }
  | { readonly do: 'list' }
  | {
      readonly do: 'call';
      readonly tool: string;
      readonly arguments: Readonly<Record<string, unknown>>;
      /** Whether the driver asks for progress, and reports it. */
      readonly progress: boolean;
    }
);

/**
 * The outcome of an order: a line of JSON on the driver's standard output. The first form that fits counts;
 * the last form fits every object with an `id`.
 */
export const report = z.union([
  z.object({ id: z.number(), error: z.string() }),
  /** The client does not have the feature, such as elicitation. */
  z.object({ id: z.number(), cannot: z.string() }),
  z.object({
    id: z.number(),
    /** The names of the tools of all pages. */
    tools: z.array(z.string()).optional(),
    /** The text of the first content of the call's result. */
    text: z.string().optional(),
    /** The progress values, in the order of their arrival. */
    progress: z.array(z.number()).optional(),
  }),
]);
export type Report = z.infer<typeof report>;
