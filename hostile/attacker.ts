/**
 * The hostile client's process: it must not hold up those who measure. Its priority is low, since it would be another machine: it is as
 * fast as it can where the cluster leaves it a core, and takes none away.
 */
import os from 'node:os';
import { attackOf } from './attacks';
import { Field, type Ground, type Sent } from './field';

const LOW_PRIORITY = 5;
const REPORT_EVERY_MS = 250;

export interface Orders {
  readonly attack: string;
  readonly ground: Ground;
  readonly seconds: number;
}

async function main(): Promise<void> {
  os.setPriority(LOW_PRIORITY);
  const { attack, ground, seconds } = JSON.parse(process.argv[2] ?? '') as Orders;
  const field = new Field(ground, seconds);
  const report = () => {
    process.send?.({ answers: field.answers, mayBeLeft: field.mayBeLeft } satisfies Sent);
  };
  report(); // it begins
  const timer = setInterval(report, REPORT_EVERY_MS);
  try {
    await attackOf(attack).run(field);
  } finally {
    clearInterval(timer);
    report();
    process.disconnect();
  }
}

process.once('disconnect', () => setTimeout(() => process.exit(), 1_000).unref());
process.on('unhandledRejection', () => undefined); // what is cut at the end
main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
