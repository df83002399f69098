/** What lies between the client and a server, in the hand of the matrix: over HTTP a link, over stdio a relay. */
import path from 'node:path';
import type { Ledger } from 'durable-mcp/testing';
import type { Target } from 'durable-mcp/client';
import { Link } from './link';

export interface Wire {
  readonly target: Target;
  /** From now on, calls leave the client and do not arrive. */
  holdCalls(): void;
  heldCalls(): number;
  /** From now on, answers are written and do not arrive. */
  holdAnswers(): void;
  heldAnswers(): number;
  /** The client is dead. The next one is not held back; what the dead one sent stays on its way. */
  pass(): void;
  /** What the dead client sent arrives. */
  arrive(): Promise<void>;
  cut(): void;
  /** How many streams the server was asked to go on with. */
  resumptions(): number;
  close(): Promise<void>;
}

export async function httpWire(url: string): Promise<Wire> {
  const link = await Link.start(() => url);
  return {
    target: link.url,
    holdCalls: () => {
      link.hold('to server');
    },
    heldCalls: () => link.held('to server', '"tools/call"'),
    holdAnswers: () => {
      link.hold('to client');
    },
    heldAnswers: () => link.held('to client', 'receipt of'),
    pass: () => {
      link.pass();
    },
    arrive: () => link.deliver('"tools/call"'),
    cut: () => {
      link.cut();
    },
    resumptions: () => link.told('last-event-id:'),
    close: () => link.close(),
  };
}

export function stdioWire(name: string, ledger: Ledger): Wire {
  const args = ['--import', 'tsx', path.join(__dirname, 'plainStdio.ts'), name];
  return {
    target: {
      command: process.execPath,
      args,
      cwd: path.join(__dirname, '..'),
      env: { LEDGER: ledger.folder },
    },
    holdCalls: () => {
      ledger.open(`${name} hold calls`);
    },
    heldCalls: () => ledger.count(`${name} held call`),
    holdAnswers: () => {
      ledger.open(`${name} hold answers`);
    },
    heldAnswers: () => ledger.count(`${name} held answer`),
    pass: () => {
      ledger.open(`${name} pass`);
    },
    arrive: () => {
      ledger.open(`${name} arrive`);
      return Promise.resolve();
    },
    cut: () => undefined,
    resumptions: () => 0,
    close: () => Promise.resolve(),
  };
}
