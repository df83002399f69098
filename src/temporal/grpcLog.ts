/** What gRPC has to say by itself, of proxies above all: one more line of JSON in a role's log, and not a text between a command's own lines. */
import { logVerbosity, setLogVerbosity, setLogger } from '@grpc/grpc-js';
import type { Logger } from 'pino';

/** Of a role. What it cannot do for that reason is an error of its own. */
export function logGrpc(log: Logger): void {
  setLogger({
    error: (text: string) => {
      log.warn({ of: 'gRPC' }, text);
    },
  });
  setLogVerbosity(logVerbosity.ERROR);
}

/** Of a command that ends with one sentence. `GRPC_VERBOSITY=DEBUG` asks for all of it. */
export function silenceGrpc(): void {
  if (!process.env.GRPC_VERBOSITY && !process.env.GRPC_NODE_VERBOSITY) setLogVerbosity(logVerbosity.NONE);
}
