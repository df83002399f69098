/** The log of a node or a worker. */
import pino, { type Logger } from 'pino';
import { escaped } from '../shared/escaped';
import { logGrpc } from '../temporal/grpcLog';

/**
 * Writes JSON lines to standard error, at the level of `LOG_LEVEL`. Standard output is for people and `ready`
 * lines.
 */
export function createLogger(role: string): Logger {
  const standardError = pino.destination({ dest: 2, sync: true });
  const log = pino(
    {
      level: process.env.LOG_LEVEL || 'warn',
      base: { role, pid: process.pid },
      serializers: { err: serialized, error: serialized }, // the names that pino and Temporal's SDK use
    },
    { write: (line: string) => void standardError.write(withoutControls(line)) },
  );
  logGrpc(log);
  return log;
}

/**
 * Escapes control characters as JSON does. Names of clients can contain them: a terminal would obey them, and
 * an editor would show the line in another order. (`nodeLog.test.ts`)
 */
const withoutControls = (line: string): string => line.replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, escaped);

/** Logs the line even if its error cannot be read: an error of the app can have a getter that throws. */
function serialized(error: Error): unknown {
  try {
    return pino.stdSerializers.err(error);
  } catch {
    return { type: 'Error', message: 'The error cannot be read.' };
  }
}
