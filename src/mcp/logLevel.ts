/** The order of log levels (RFC 5424; specification 2025-11-25, logging). */
import type { JSONRPCMessage, LoggingLevel } from './protocol';

const LEVELS: readonly unknown[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] satisfies LoggingLevel[];

/** Whether a session with the log level `least` gets messages of `level`. */
export const reachesLevel = (level: unknown, least: LoggingLevel | undefined): boolean =>
  least === undefined || LEVELS.indexOf(level) >= LEVELS.indexOf(least);

/** Whether the message is a log message below the session's level. */
export const isBelowLevel = (message: JSONRPCMessage, least: LoggingLevel | undefined): boolean =>
  'method' in message &&
  message.method === 'notifications/message' &&
  !reachesLevel(message.params?.level, least);
