/** The log of a node or a worker. */
import pino, { type Logger } from 'pino';

/** Structured lines on standard error; `LOG_LEVEL` chooses how much. Standard output is for people and `ready` lines. */
export const createLogger = (role: string): Logger =>
  pino(
    {
      level: process.env.LOG_LEVEL || 'warn',
      base: { role, pid: process.pid },
      serializers: { error: pino.stdSerializers.err }, // as Temporal's SDK names it, beside pino's own `err`
    },
    pino.destination({ dest: 2, sync: true }),
  );
