/** Whether a process that holds a lease is still there, as far as this machine can tell. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { HolderRecord } from './shapes';

/** The prefixes of this process's own connections. */
const ours = new Set<string>();

export const holder = (prefix: string): HolderRecord => ({
  v: 1,
  by: prefix,
  machine: machine(),
  pid: process.pid,
});

export const begin = (prefix: string): void => void ours.add(prefix);
export const end = (prefix: string): void => void ours.delete(prefix);

/**
 * A lease outlives its process by seconds. Where the process is of this machine and gone, nobody need wait for
 * that.
 */
export function isGone({ by, machine: on, pid }: HolderRecord): boolean {
  if (on !== machine()) return false;
  if (pid === process.pid) return !ours.has(by);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** A container has the host's boot id, and often a copied hostname, but process ids of its own. */
function machine(): string {
  name ??= [
    hostname(),
    orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    orEmpty(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');
  return name;
}

let name: string | undefined;

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
