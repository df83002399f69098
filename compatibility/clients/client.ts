/** What a published client is to `npm run clients`, and how the program that drives one is talked to. */
import { z } from 'zod';

/** What every client is to do. Each is a row's cell in docs/compatibility.md. */
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
  /** As its registry has it, with the version: `mcp 1.13.1`. */
  readonly name: string;
  readonly registry: 'npm' | 'PyPI' | 'Go' | 'Maven' | 'crates.io';
  /** Puts the client and its driver into `folder`, which is empty. @throws Unavailable where this machine cannot */
  install(folder: string): Promise<DriverCommand>;
  /** By check: why it does not pass, whoever's server it is. A failure without such a sentence fails the run. */
  readonly explained?: Partial<Record<Check, string>>;
  /** Why it may come too late for an only node that is away for two seconds, by milliseconds: one time it passes, another time it does not. */
  readonly atItsLimit?: string;
  /** What a user of it must know, such as an option without which something would not pass. */
  readonly note?: string;
}

/** Why a client cannot run here: no such language, or a package that is not there. It is said in the table. */
export class Unavailable extends Error {}

export interface DriverCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A line of JSON on the driver's stdin. `connect` comes first, once; `call` may ask for progress with `progress`, and a second `call` may
 * come before the answer of the first. Whoever is asked for something by the server accepts with `{ "name": "Ada" }`. The driver ends when
 * its stdin does. Its stderr is kept for the case that something fails.
 */
export type Order = { readonly id: number } & (
  | { readonly do: 'connect'; readonly url: string }
  | { readonly do: 'list' }
  | {
      readonly do: 'call';
      readonly tool: string;
      readonly arguments: Readonly<Record<string, unknown>>;
      /** Whether the driver asks for progress, and gives what came of it. */
      readonly progress: boolean;
    }
);

/** A line of JSON on its stdout: the order's outcome. The first that fits counts, and the last fits all. */
export const report = z.union([
  z.object({ id: z.number(), error: z.string() }),
  /** The client has nothing of the kind, such as elicitation. */
  z.object({ id: z.number(), cannot: z.string() }),
  z.object({
    id: z.number(),
    /** Names, of all pages. */
    tools: z.array(z.string()).optional(),
    /** Of the call's first content. */
    text: z.string().optional(),
    /** The values that came, in their order. */
    progress: z.array(z.number()).optional(),
  }),
]);
export type Report = z.infer<typeof report>;
