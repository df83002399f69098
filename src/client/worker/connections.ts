/** Connections to one server, kept for all activities of this worker, and closed when none has used them for a while. */
import { Http } from '../http/http';
import { Wire } from '../http/wire';
import { settingsFrom, type Settings } from '../core/settings';
import { LONGEST_TIMER_MS } from '../../shared/duration';
import { targetOf, type McpServerSource } from './servers';

const IDLE_MS = 5 * 60 * 1_000;

export interface Connection {
  readonly wire: Wire;
  readonly settings: Settings;
}

interface Entry {
  readonly connection: Promise<Connection>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

export class Connections {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly source: McpServerSource) {}

  /** `arg` may decide the credentials, so each has connections of its own. */
  async use<T>(arg: unknown, act: (connection: Connection) => Promise<T>): Promise<T> {
    const key = JSON.stringify(arg) ?? '';
    const entry = this.entries.get(key) ?? this.open(key, arg);
    entry.users++;
    clearTimeout(entry.idle);
    try {
      return await act(await entry.connection);
    } finally {
      if (--entry.users === 0) entry.idle = setTimeout(() => void this.shut(key, entry), IDLE_MS).unref();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.entries].map(([key, entry]) => this.shut(key, entry)));
  }

  private open(key: string, arg: unknown): Entry {
    const entry: Entry = { connection: connectionOf(this.source, arg), users: 0, idle: undefined };
    this.entries.set(key, entry);
    entry.connection.catch(() => this.entries.delete(key));
    return entry;
  }

  private async shut(key: string, { connection, idle }: Entry): Promise<void> {
    clearTimeout(idle);
    this.entries.delete(key);
    const open = await connection.catch(() => undefined);
    await open?.wire.http.close();
  }
}

async function connectionOf(source: McpServerSource, arg: unknown): Promise<Connection> {
  const target = await targetOf(source, arg);
  // Temporal limits the time; until then what is unsent is sent again inside of the attempt, since the next one
  // cannot know that it was.
  const settings = settingsFrom({ ...target, backoff: { giveUp: LONGEST_TIMER_MS } });
  const http = new Http(new URL(target.url), target, settings.connectMs);
  return { settings, wire: new Wire(http, target.auth) };
}
