/** What all commands share: one clear sentence and exit code 1 on failure, and one orderly end on Ctrl-C or SIGTERM. */
import { once } from 'node:events';
import pino, { type Logger } from 'pino';
import { AttemptEnded } from '../server/errors';

/** Structured lines on standard error; `LOG_LEVEL` chooses how much. Standard output is for people and `ready` lines. */
export const createLogger = (role: string): Logger =>
  pino(
    {
      level: process.env.LOG_LEVEL ?? 'warn',
      base: { role, pid: process.pid },
      serializers: { error: pino.stdSerializers.err }, // as Temporal's SDK names it, beside pino's own `err`
    },
    pino.destination({ dest: 2, sync: true }),
  );

/**
 * An author's stray promise must not take the process, and every call in it, along: a handler's timer that speaks after its answer
 * finds its server closed, and rejects.
 */
export function surviveStrayRejections(log: Logger): void {
  process.on('unhandledRejection', (error) => {
    if (error instanceof AttemptEnded) return; // what nobody waits for any more
    log.error({ err: error }, "a promise of the app's code was rejected and nobody handled it");
  });
}

const SAME_REQUEST_MS = 1_000;

/** Resolves when the process is asked to stop: by a signal, or because the supervisor that started it has gone. */
export function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const stop = () => {
      // Asked again, it ends at once. One Ctrl-C can come twice: from the terminal, and handed on by npm or by `dev`.
      if (askedAt !== undefined && Date.now() - askedAt > SAME_REQUEST_MS) process.exit(130);
      askedAt ??= Date.now();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    if (process.channel) process.once('disconnect', stop);
  });
}

/** What a role tells the supervisor that started it. */
export type RoleMessage = { ready: string } | { loaded: true };

/** The app in a role can say things of its own to the role's parent: `process.send('ready')` is common where pm2 is used. */
export const isRoleMessage = (message: unknown): message is RoleMessage =>
  typeof message === 'object' &&
  message !== null &&
  ('loaded' in message || ('ready' in message && typeof message.ready === 'string'));

const tellSupervisor = (message: RoleMessage): void => void process.send?.(message);

/** `dev` starts its roles while Temporal still starts, and tells them when it serves. If `dev` has gone, connecting says what is wrong. */
export async function askToConnect(): Promise<void> {
  const told = Promise.race([once(process, 'message'), once(process, 'disconnect')]);
  tellSupervisor({ loaded: true });
  await told;
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
