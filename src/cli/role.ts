/** What all commands share: one clear sentence and exit code 1 on failure, and one orderly end on Ctrl-C or SIGTERM. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { RunningCall } from '../api/runningCall';
import { AttemptEnded } from '../api/errors';
import { suspects } from '../api/inFlight';
import { readable } from '../mcp/readable';

/**
 * An author's stray exception or promise must not take the process, and every call in it, along. An exception fails the call that has thrown it;
 * of a promise nobody may need the value: a handler's timer that speaks after its answer finds its server closed, and rejects. What
 * no call can have thrown is a fault of ours: it ends the process, whose supervisor starts another.
 */
export function surviveStrayErrors(log: Logger): void {
  process.on('unhandledRejection', (reason) => {
    const error = readable(reason);
    if (error instanceof AttemptEnded) return; // what nobody waits for any more
    const calls = suspects();
    log.error(
      { ...(calls.length === 1 && namesOf(calls)), err: error },
      "a promise of the app's code was rejected and nobody handled it",
    );
  });
  process.on('uncaughtException', (thrown, origin) => {
    if (origin !== 'uncaughtException') return; // a rejection, with --unhandled-rejections=strict: it comes again as one
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

/** As all lines of a log name a call. */
function namesOf(calls: readonly RunningCall[]): Record<string, unknown> {
  const names = calls.slice(0, MOST_NAMED).map(({ session, request }) => ({ session: session.id, request }));
  return names.length === 1 ? { ...names[0] } : { calls: names, callsInFlight: calls.length };
}

/** In one line of the log. */
const MOST_NAMED = 20;
const SAME_REQUEST_MS = 1_000;

/** Resolves when the process is asked to stop: by a signal, or because the supervisor that started it has gone. */
export function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = 0;
    let askedAt = -Infinity;
    const stop = () => {
      const now = performance.now();
      // One Ctrl-C can come twice: from the terminal, and handed on by npm or by `dev`.
      if (now - askedAt < SAME_REQUEST_MS) return;
      askedAt = now;
      asked++;
      // A hook of an orchestrator and the orchestrator itself may both ask, seconds apart, and running calls have their grace all the same.
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
 * The same for a node of `dev`, which gets the terminal's Ctrl-C too: its supervisor says when, since the node serves until the worker has ended. Under
 * `cluster` a process ends at once when its supervisor has gone, unless that was to be expected.
 */
export function supervisorStops(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  return Promise.race([once(process, 'SIGTERM'), once(process, 'disconnect')]).then(() => undefined);
}

/** What a role tells the supervisor that started it. */
export type RoleMessage = { ready: string } | { loaded: true };

/** The app in a role can say things of its own to the role's parent: `process.send('ready')` is common where pm2 is used. */
export const isRoleMessage = (message: unknown): message is RoleMessage =>
  typeof message === 'object' &&
  message !== null &&
  ('loaded' in message || ('ready' in message && typeof message.ready === 'string'));

const tellSupervisor = (message: RoleMessage): void => void process.send?.(message);

/** To a role that has loaded: the address of the server of `dev`, or none where the role's own options name one. */
export interface ConnectMessage {
  readonly connectTo: string | null;
}

/**
 * `dev` starts its roles while its server still starts. Resolves with that server's address when it serves, or, where the role's own
 * options name one, with `undefined`. @throws Error if `dev` has gone
 */
export async function askToConnect(): Promise<string | undefined> {
  const told = Promise.race([once(process, 'message'), once(process, 'disconnect')]);
  tellSupervisor({ loaded: true });
  const [message] = (await told) as [ConnectMessage?];
  if (!message) throw new Error('The process that started this one has gone; start it again.');
  return message.connectTo ?? undefined;
}

/** Ends the process for a failed command. The stack is for those who ask: `DEBUG=1`. */
export function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`durable-mcp: ${message}\n`);
  if (process.env.DEBUG) console.error(error);
  process.exit(1);
}

/** One line that says where it serves, for people and for programs that wait for it; a supervisor hears it too. */
export function announceReady(text: string): void {
  process.stdout.write(`ready ${text}\n`);
  tellSupervisor({ ready: text });
}
