/** The log of a node or a worker. */
import pino, { type Logger } from 'pino';
import { escaped } from '../shared/escaped';
import { logGrpc } from '../temporal/grpcLog';

/** Structured lines on standard error; `LOG_LEVEL` chooses how much. Standard output is for people and `ready` lines. */
export function createLogger(role: string): Logger {
  const standardError = pino.destination({ dest: 2, sync: true });
  const log = pino(
    {
      level: process.env.LOG_LEVEL || 'warn',
      base: { role, pid: process.pid },
      serializers: { err: serialized, error: serialized }, // as pino names it, and as Temporal's SDK does
    },
    { write: (line: string) => void standardError.write(withoutControls(line)) },
  );
  logGrpc(log);
  return log;
}

/**
 * The line's control characters, escaped as JSON escapes them: a terminal would obey those in the names of clients, and an editor show the line in
 * another order. (`nodeLog.test.ts`)
 */
const withoutControls = (line: string): string => line.replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, escaped);

/** A line without its error is better than none: each property of an error of the app is read, and can be a getter that throws. */
function serialized(error: Error): unknown {
  try {
    return pino.stdSerializers.err(error);
  } catch {
    return { type: 'Error', message: 'The error cannot be read.' };
  }
}
