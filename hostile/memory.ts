/**
 * Samples the resident memory of nodes and workers from outside. Each role's figure is that of its largest
 * process.
 */
import { readFileSync } from 'node:fs';
import type { Place, Role } from './place';

const SAMPLE_MS = 250;

export type Megabytes = Readonly<Record<Role, number>>;

export class Memory {
  private peaks: Megabytes = { node: 0, worker: 0 };
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly place: Place) {
    this.timer = setInterval(() => this.now(), SAMPLE_MS);
  }

  now(): Megabytes {
    const of = (role: Role) => Math.max(0, ...this.place.pids(role).map(residentMb));
    const now = { node: of('node'), worker: of('worker') };
    const { node, worker } = this.peaks;
    this.peaks = { node: Math.max(node, now.node), worker: Math.max(worker, now.worker) };
    return now;
  }

  /** The peak so far. */
  get peak(): Megabytes {
    return this.peaks;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/** Returns 0 for a process that has just died. */
function residentMb(pid: number): number {
  try {
    return Math.round(
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024,
    );
  } catch {
    return 0;
  }
}
