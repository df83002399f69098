/** What a connection over stdio can fail with, beside the end of its process: each error says what to do. */
import type { OpenCall } from '../core/openCall';
import { unknownOutcome } from '../core/unknownOutcome';
import { ConnectError, OutcomeUnknown, ServerExited } from '../errors';

/** How often a server that ended is started again, within how long. */
export interface RestartLimits {
  readonly attempts: number;
  readonly withinMs: number;
}

export const unknown = (call: OpenCall, why: string): OutcomeUnknown =>
  new OutcomeUnknown(unknownOutcome(call.title, why), call.id);

export const notAgain = (
  command: string,
  { attempts, withinMs }: RestartLimits,
  exit: ServerExited['exit'],
): ServerExited =>
  new ServerExited(
    `The MCP server ${JSON.stringify(command)} ended (${exit.signal ?? `code ${exit.code}`}), and was started again ${attempts} times within ${withinMs / 1_000} s already; see why it ends, or raise restart.attempts.${exit.stderrTail && ` It said: ${exit.stderrTail.slice(-500).trim()}`}`,
    { phase: 'unsent', retryable: true },
    exit,
  );

export const silent = (command: string, ms: number, stderr = ''): ConnectError =>
  new ConnectError(
    `${command} did not answer initialize within ${ms / 1_000} s; see whether it is an MCP server over stdio.${stderr && ` It said: ${stderr.slice(-500)}`}`,
    { phase: 'unsent', retryable: true },
  );
