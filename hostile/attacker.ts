/**
 * The process of the hostile client, apart from the process that measures so as not to delay it. Its priority
 * is low, since it stands for another machine: it uses only the CPU time that the cluster leaves.
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
  report(); // the attack begins
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
process.on('unhandledRejection', () => undefined); // requests cut at the end
main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
