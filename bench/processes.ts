/** The resources of a process, as Linux reports them. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 100;
const QUIET_PERCENT = 30;
const QUIET_WITHIN_MS = 3_000;

export const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

/** CPU time in clock ticks, of which Linux has 100 a second. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Starts counting. The returned function gives the CPU time since then, in percent of one core. */
export function cpuPercent(pid: number): () => number {
  const [ticks, began] = [cpuTicks(pid), performance.now()];
  return () => ((cpuTicks(pid) - ticks) / ((performance.now() - began) / 10)) * 100;
}

/** Resolves when the process is idle, or after 3 s. Outside of Linux, it does not wait for idleness. */
export async function quiet(pid: number): Promise<void> {
  const deadline = performance.now() + QUIET_WITHIN_MS;
  let percent = () => 0;
  do {
    if (process.platform === 'linux') percent = cpuPercent(pid);
    await sleep(LOOK_EVERY_MS);
  } while (percent() > QUIET_PERCENT && performance.now() < deadline);
}
