/** The installed versions, which were measured whatever package.json asks for. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findTemporalCommand } from '../src/temporal/findServer';
import { ROOT } from './child';

/** For example `ioredis 6.0.0`. */
export const installed = (name: string): string =>
  `${name} ${versionIn(path.join(ROOT, 'node_modules', name))}`;

export const own = (): string => `durable-mcp ${versionIn(ROOT)}`;

function versionIn(folder: string): string {
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** The version of the embedded server, for example `Temporal 1.32.0`. */
export async function temporalServer(): Promise<string> {
  const command = await findTemporalCommand(console.error);
  const said = execFileSync(command, ['--version'], { encoding: 'utf8' });
  return `Temporal ${/Server ([\d.]+)/.exec(said)?.[1] ?? said.trim()}`;
}
