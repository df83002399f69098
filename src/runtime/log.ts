/** The log of a node or a worker. */
import pino, { type Logger } from 'pino';
import { logGrpc } from '../temporal/grpcLog';

/** Structured lines on standard error; `LOG_LEVEL` chooses how much. Standard output is for people and `ready` lines. */
export function createLogger(role: string): Logger {
  const log = pino(
    {
      level: process.env.LOG_LEVEL || 'warn',
      base: { role, pid: process.pid },
      serializers: { err: serialized, error: serialized }, // as pino names it, and as Temporal's SDK does
    },
    pino.destination({ dest: 2, sync: true }),
  );
  logGrpc(log);
  return log;
}

/** A line without its error is better than none: each property of an error of the app is read, and can be a getter that throws. */
function serialized(error: Error): unknown {
  try {
    return pino.stdSerializers.err(error);
  } catch {
    return { type: 'Error', message: 'The error cannot be read.' };
  }
}
