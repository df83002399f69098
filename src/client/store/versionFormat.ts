/**
 * The content of a version's file: a line of JSON, then the value. The line has the value's length, by which a
 * file that is not whole is known.
 */
import { z } from 'zod';

export interface Content {
  readonly name: string;
  readonly value: string;
  /** Epoch milliseconds; 0: the version is a deletion. */
  readonly expiresAt: number;
}

export interface Version extends Content {
  readonly version: string;
  /** Random, since numbers begin again once a deleted entry has been collected. */
  readonly token: string;
  /** The tokens of the versions before, the nearest first. */
  readonly predecessors: readonly string[];
  /** When the version was deleted, or expires. */
  readonly diedAt: number;
}

const header = z.object({
  name: z.string(),
  token: z.string().min(1),
  predecessors: z.array(z.string()).readonly(),
  writtenAt: z.number(),
  expiresAt: z.number(),
  bytes: z.number(),
});

const LINE_END = 0x0a;

export function encodeVersion({ value, ...content }: Omit<Version, 'version' | 'diedAt'>): Buffer {
  const bytes = Buffer.from(value);
  const line: z.infer<typeof header> = { ...content, writtenAt: Date.now(), bytes: bytes.length };
  return Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), bytes]);
}

/** `undefined` for a file that is not whole: power was lost, or another program wrote it. */
export function decodeVersion(file: Buffer, versionOf: (token: string) => string): Version | undefined {
  const end = file.indexOf(LINE_END);
  const { success, data } = header.safeParse(jsonOf(file.toString('utf8', 0, Math.max(end, 0))));
  if (!success || file.length - end - 1 !== data.bytes) return undefined;
  const { name, token, predecessors, writtenAt, expiresAt } = data;
  return {
    name,
    value: file.toString('utf8', end + 1),
    expiresAt,
    version: versionOf(token),
    token,
    predecessors,
    diedAt: expiresAt || writtenAt,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
