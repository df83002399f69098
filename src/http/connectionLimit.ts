/**
 * Limits a node's connections to the files that the process may open. At the file limit itself everything
 * fails: connections to Temporal, the app's own files, and under `cluster` even later connections.
 * Connections beyond this limit are therefore closed at once. (`fewFiles.test.ts`)
 */
import { readFileSync, readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Logger } from 'pino';

/** Files left for Temporal and for the app. */
const KEPT_FREE = 64;
const WARN_EVERY_MS = 60_000;

/**
 * Does not use `maxConnections`: under `cluster`, the primary hands a connection that it refuses to the same
 * process again, for ever.
 */
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

/** The process's file limit; known on Linux only, elsewhere connections are not limited. */
function mostFiles(): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;
