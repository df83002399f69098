/** What a process takes, as Linux tells it. */
import { readFileSync } from 'node:fs';

/** Its resident memory. */
export const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

/** In clock ticks, of which Linux has 100 a second. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Begins to count. The function tells what it has taken of one core since then. */
export function cpuPercent(pid: number): () => number {
  const [ticks, began] = [cpuTicks(pid), performance.now()];
  return () => ((cpuTicks(pid) - ticks) / ((performance.now() - began) / 10)) * 100;
}
