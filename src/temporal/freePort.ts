/** A free port of the loopback address. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { portOf } from '../net/address';

/** Resolves with `preferred` if it is free, else with any free port. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer().listen(preferred, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (preferred === 0) throw error;
    return freePort();
  }
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}
