/** The resident memory of a cluster's processes, sampled from outside. */
import { readFileSync } from 'node:fs';
import type { Cluster } from 'durable-mcp/testing';

const SAMPLE_MS = 1_000;
/**
 * The most memory of one node or worker: 150 to 250 MB of Node and the SDKs, V8's slack, and the data of the
 * current load. Neither the calls of a session nor abandoned sessions add to it.
 */
const BOUND_MB = 600;

export class Memory {
  private readonly peaks = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly cluster: Cluster) {
    this.timer = setInterval(() => {
      this.sample();
    }, SAMPLE_MS);
  }

  /** Current and peak memory of each process. */
  report(): string {
    const now = this.sample();
    return [...now].map(([name, mb]) => `${name} ${mb} MB (peak ${this.peaks.get(name)})`).join(', ');
  }

  /** @throws Error if a process exceeded the bound */
  assertBounded(): void {
    for (const [name, peak] of this.peaks)
      if (peak > BOUND_MB) throw new Error(`${name} took ${peak} MB; the bound is ${BOUND_MB} MB.`);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private sample(): Map<string, number> {
    const { nodes, workers } = this.cluster;
    const named = [
      ...nodes.map(({ pid }, i) => [`node ${i + 1}`, pid] as const),
      ...workers.map(({ pid }, i) => [`worker ${i + 1}`, pid] as const),
    ];
    const now = new Map(named.map(([name, pid]) => [name, residentMb(pid)]));
    now.forEach((mb, name) => this.peaks.set(name, Math.max(mb, this.peaks.get(name) ?? 0)));
    return now;
  }
}

const residentMb = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);
