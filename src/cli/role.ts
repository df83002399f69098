/**
 * Behaviour that all commands share: a failed command prints one sentence and exits with code 1, and Ctrl-C
 * and SIGTERM stop a command in order.
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { RunningCall } from '../api/runningCall';
import { AttemptEnded } from '../api/errors';
import { suspects } from '../api/inFlight';
import { readable } from '../mcp/readable';

/**
 * Keeps the process, and every call in it, alive after a stray exception or rejection of the author's code.
 * An exception fails the call that threw it. A rejection fails no call, since perhaps nothing needs the
 * promise: a handler's timer that sends a message after the answer finds its server closed, and rejects. An
 * exception that no call can have thrown is a defect of this product: it ends the process, and the supervisor
 * starts another.
 */
export function surviveStrayErrors(log: Logger): void {
  process.on('unhandledRejection', (reason) => {
    const error = readable(reason);
    if (error instanceof AttemptEnded) return; // the handler had abandoned this wait
    const calls = suspects();
    log.error(
      { ...(calls.length === 1 && namesOf(calls)), err: error },
      "a promise of the app's code was rejected and nobody handled it",
    );
  });
  process.on('uncaughtException', (thrown, origin) => {
    if (origin !== 'uncaughtException') return; // with --unhandled-rejections=strict, Node reports the rejection to the listener above too
    const error = readable(thrown);
    const calls = suspects();
    if (calls.length === 0) {
      console.error(error);
      process.exit(1);
    }
    const [call] = calls.length === 1 ? calls : [];
    const so = call ? 'the call fails' : 'no call fails, since any of these may have thrown it';
    log.error({ ...namesOf(calls), err: error }, `the app's code threw from a timer or an event: ${so}`);
    call?.fail?.(error);
  });
}

/** Names calls as all lines of the log do. */
function namesOf(calls: readonly RunningCall[]): Record<string, unknown> {
  const names = calls.slice(0, MOST_NAMED).map(({ session, request }) => ({ session: session.id, request }));
  return names.length === 1 ? { ...names[0] } : { calls: names, callsInFlight: calls.length };
}

/** The most calls that one line of the log names. */
const MOST_NAMED = 20;
const SAME_REQUEST_MS = 1_000;

/**
 * Resolves when the process is asked to stop: by a signal, or by the end of the supervisor that started it.
 */
export function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = 0;
    let askedAt = -Infinity;
    const stop = () => {
      const now = performance.now();
      // One Ctrl-C can arrive twice: from the terminal, and passed on by npm or by `dev`.
      if (now - askedAt < SAME_REQUEST_MS) return;
      askedAt = now;
      asked++;
      // An orchestrator's hook and the orchestrator itself may each ask, seconds apart. Running calls keep
      // their grace period; only a third request cuts it short.
      if (asked === 2)
        process.stderr.write('durable-mcp: stopping already; asked once more it ends at once.\n');
      if (asked > 2) process.exit(130);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    if (process.channel) process.once('disconnect', stop);
  });
}

/**
 * The same for a node of `dev`. The node also gets the terminal's Ctrl-C and ignores it: `dev` stops the
 * node, which serves until the worker has ended. Under `cluster`, a process whose primary has ended exits at
 * once unless its disconnect is marked as expected.
 */
export function supervisorStops(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  return Promise.race([once(process, 'SIGTERM'), once(process, 'disconnect')]).then(() => undefined);
}

/** A message from a role to the supervisor that started it. */
export type RoleMessage = { ready: string } | { loaded: true };

/**
 * Ignores other messages: an app may send its own to the parent process, and with pm2 `process.send('ready')`
 * is common.
 */
export const isRoleMessage = (message: unknown): message is RoleMessage =>
  typeof message === 'object' &&
  message !== null &&
  ('loaded' in message || ('ready' in message && typeof message.ready === 'string'));

const tellSupervisor = (message: RoleMessage): void => void process.send?.(message);

/**
 * The supervisor's answer to a role that has loaded: the address of the embedded server, or `null` if the
 * role's own options name a server.
 */
export interface ConnectMessage {
  readonly connectTo: string | null;
}

/**
 * Tells `dev`, whose embedded server may still be starting, that the role has loaded. Resolves with the
 * address of that server when it serves, or with `undefined` if the role's own options name a server.
 * @throws Error if `dev` has ended
 */
export async function askToConnect(): Promise<string | undefined> {
  const told = Promise.race([once(process, 'message'), once(process, 'disconnect')]);
  tellSupervisor({ loaded: true });
  const [message] = (await told) as [ConnectMessage?];
  if (!message) throw new Error('The process that started this one has gone; start it again.');
  return message.connectTo ?? undefined;
}

/** Prints a command's error and ends the process. With `DEBUG=1`, the stack is printed too. */
export function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`durable-mcp: ${message}\n`);
  if (process.env.DEBUG) console.error(error);
  process.exit(1);
}

/**
 * Prints one line with the address, for people and for programs that wait for it, and tells the supervisor.
 */
export function announceReady(text: string): void {
  process.stdout.write(`ready ${text}\n`);
  tellSupervisor({ ready: text });
}
