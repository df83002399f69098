/** `DurableStdioTransport`: an MCP server as a child process, for the official SDK's `Client`. */
import type { Duration } from '../../shared/duration';
import { digestOf } from '../core/digest';
import { DurableTransport } from '../core/durableTransport';
import { settingsFrom, timer, type ClientSettings } from '../core/settings';
import { StdioChannel } from './stdioChannel';
import type { ProcessInfo } from './stdioTransport';
import type { StdioTarget } from './target';

export interface DurableStdioOptions extends ClientSettings {
  /** How often a server that ended is started again, within how long. Default: 3 times within a minute. */
  restart?: { attempts?: number; within?: Duration };
}

/**
 * Each process of the client has a process of the server. A store tells the next one which calls were open:
 * their outcome is unknown, or they are sent again where that does no harm.
 */
export class DurableStdioTransport extends DurableTransport {
  /** @throws TypeError for a malformed target, Error for an invalid option */
  constructor(target: StdioTarget, options: DurableStdioOptions = {}) {
    const { attempts = 3, within = '1m' } = options.restart ?? {};
    const restarts = { attempts, withinMs: timer('restart.within', within) };
    super(
      // Nothing is shared with the other processes of the client, so none excludes another.
      settingsFrom({ ...options, mode: 'shared' }),
      groupOf(target, options),
      (context) => new StdioChannel(target, restarts, context),
    );
  }

  /** The server's process, once it has been started. */
  get process(): ProcessInfo | undefined {
    return (this.channel as StdioChannel).process;
  }
}

const groupOf = (
  { command, args = [], cwd = '' }: StdioTarget,
  { namespace = 'default', user }: ClientSettings,
) => digestOf(JSON.stringify([namespace, command, args, cwd, user]));
