/** The errors of a server's process, each with what to do. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { firstLine } from '../../shared/firstLine';
import { ServerExited, type Phase } from '../errors';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 64 kB of standard error; empty with `stderr: 'inherit'`. */
  readonly stderrTail: string;
}

const NO_EXIT: Exit = { code: null, signal: null, stderrTail: '' };
/** The characters of standard error in a message; the error itself has all that is kept. */
const MOST_QUOTED = 1_000;

/**
 * `cause` is why the client itself stopped the server. Arguments are not quoted: people pass tokens in them.
 */
export function serverExited(
  {
    command,
    pid,
    exit,
    cause,
  }: { command: string; pid?: number | undefined; exit: Exit; cause?: Error | undefined },
  phase: Phase,
): ServerExited {
  const said = exit.stderrTail.trim();
  const quoted = said.length > MOST_QUOTED ? `…${said.slice(-MOST_QUOTED)}` : said;
  const message = [
    `The MCP server ${JSON.stringify(command)} ${pid === undefined ? '' : `(process ${pid}) `}${cause ? 'was stopped' : howItEnded(exit)}`,
    WHAT_TO_DO[phase],
    cause && ` ${cause.message}`,
    quoted && ` The end of its standard error:\n${quoted}`,
  ].join('');
  return new ServerExited(message, { phase, retryable: phase === 'unsent', cause }, exit);
}

const WHAT_TO_DO: Record<Phase, string> = {
  unsent: ' before it got the request: start it again.',
  maybe: '. The request may have run: look for its effect before you send it again.',
  answered: '.',
};

const howItEnded = ({ code, signal }: Exit): string =>
  signal !== null
    ? `was ended by ${signal}`
    : code === null
      ? 'stopped answering'
      : `exited with code ${code}`;

interface Attempt {
  readonly command: string;
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** Explains an error of `spawn`, which says ENOENT of the command when the folder is missing, too. */
export async function whyNotStarted(error: unknown, attempt: Attempt): Promise<ServerExited> {
  const message = `The MCP server ${JSON.stringify(attempt.command)} cannot be started: ${await reason(error, attempt)}`;
  return new ServerExited(message, { phase: 'unsent', retryable: false, cause: error }, NO_EXIT);
}

async function reason(error: unknown, { command, cwd = '.', env }: Attempt): Promise<string> {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOTDIR') return firstLine(error);
  if (!(await isFolder(cwd))) return `its folder ${path.resolve(cwd)} does not exist; correct \`cwd\`.`;
  if (!command.includes('/'))
    return code === 'ENOENT'
      ? `no such command in its PATH (${env.PATH ?? 'unset'}); install it, or give its absolute path.`
      : 'what PATH has under this name may not be executed.';
  const file = path.resolve(cwd, command);
  if (code === 'EACCES')
    return `${file} may not be executed; \`chmod +x\` it, or give its interpreter as the command.`;
  return (await exists(file))
    ? `the interpreter that the first line of ${file} names does not exist.`
    : `${file} does not exist.`;
}

const isFolder = (name: string): Promise<boolean> =>
  stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );

const exists = (name: string): Promise<boolean> =>
  stat(name).then(
    () => true,
    () => false,
  );
