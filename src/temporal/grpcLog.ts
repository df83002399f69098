/**
 * Controls gRPC's own messages, mostly about proxies. In a role's log they become JSON lines; between the
 * lines of a command they would only disturb.
 */
import { logVerbosity, setLogVerbosity, setLogger } from '@grpc/grpc-js';
import type { Logger } from 'pino';

/** For a role. Requests that fail for the logged reason report their own errors. */
export function logGrpc(log: Logger): void {
  setLogger({
    error: (text: string) => {
      log.warn({ of: 'gRPC' }, text);
    },
  });
  setLogVerbosity(logVerbosity.ERROR);
}

/** For a command, which ends with one sentence. `GRPC_VERBOSITY` (such as `DEBUG`) turns the messages on. */
export function silenceGrpc(): void {
  if (!process.env.GRPC_VERBOSITY && !process.env.GRPC_NODE_VERBOSITY) setLogVerbosity(logVerbosity.NONE);
}
