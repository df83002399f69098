/** The machine of a run. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { median } from '../stats';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  /** The load of the last minute, before anything was started. */
  readonly load: number;
  /** The time until a small write is on the disk, for which every durable operation waits. */
  readonly fsyncMs: number;
}

const WRITES = 200;

/** `folder` must be on the disk that the measured servers write to. */
export function thisMachine(folder: string): Machine {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    platform: process.platform,
    node: process.version,
    load: os.loadavg()[0] ?? 0,
    fsyncMs: fsyncMs(folder),
  };
}

function fsyncMs(folder: string): number {
  const file = openSync(path.join(folder, 'fsync'), 'w');
  const times = Array.from({ length: WRITES }, () => {
    const began = performance.now();
    writeSync(file, Buffer.alloc(4_096));
    fsyncSync(file);
    return performance.now() - began;
  });
  closeSync(file);
  return median(times);
}

export const machineLine = ({ cpu, cores, memoryGb, platform, node, load, fsyncMs }: Machine): string =>
  `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}, Node ${node.slice(1)}; a small write with fsync takes ${fsyncMs.toFixed(2)} ms; load before the start ${load.toFixed(1)}`;
