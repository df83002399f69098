/** Runs the package managers and compilers of other languages. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from './client';

export const DRIVERS = path.join(__dirname, 'drivers');

const run = promisify(execFile);

/** @throws Unavailable if the machine lacks the command; Error with the output if the command fails */
export async function runTool(folder: string, command: string, ...args: string[]): Promise<void> {
  try {
    await run(command, args, { cwd: folder, maxBuffer: Infinity });
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout: string; stderr: string };
    if (code === 'ENOENT') throw new Unavailable(`This machine has no ${command}.`);
    throw new Error(`${[command, ...args].join(' ')}: ${(stdout + stderr).slice(-1_000)}`, { cause: error });
  }
}
