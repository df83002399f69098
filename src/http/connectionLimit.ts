/**
 * As many connections as the process may have files open. At the limit itself nothing works any more: no connection to Temporal, none of the app's
 * own files, and under `cluster` not even what comes after. So connections beyond are closed at once. (`fewFiles.test.ts`)
 */
import { readFileSync, readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Logger } from 'pino';

/** For Temporal, and for what the app opens. */
const KEPT_FREE = 64;
const WARN_EVERY_MS = 60_000;

/** Not by `maxConnections`: under `cluster` the primary hands what that refuses to the same process again, for ever. */
export function limitConnections(server: Server, log: Logger): void {
  const files = mostFiles();
  if (files === undefined) return;
  const most = Math.max(files - openFiles() - KEPT_FREE, 1);
  let connections = 0;
  let warnedAt = -Infinity;
  server.prependListener('connection', (socket) => {
    connections++;
    socket.once('close', () => connections--);
    if (connections <= most) return;
    socket.destroy();
    if (performance.now() - warnedAt < WARN_EVERY_MS) return;
    warnedAt = performance.now();
    log.warn(
      { connections: most, files },
      'a connection was refused: the process may not open more files; raise its limit (ulimit -n, LimitNOFILE) or add nodes',
    );
  });
}

/** Linux tells; elsewhere nothing is limited. */
function mostFiles(): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;
