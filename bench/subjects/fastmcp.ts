/**
 * Python's FastMCP with its tasks, which Redis stores and distributes. Server and worker are one process, as
 * in FastMCP's guide.
 */
import { Child } from '../child';
import { Peer } from './peer';
import { PEERS, python } from './peers';
import { Redis, type Fsync } from './redis';

/**
 * The limit of Redis connections, higher than the number of concurrent calls. With FastMCP's default of 100,
 * 128 calls at once fail with an internal error.
 */
const CONNECTIONS = 1_000;

export async function startFastMcp(fsync: Fsync): Promise<Peer> {
  const redis = await Redis.start(fsync);
  const title = `fastmcp-${fsync}`;
  const start = (what: string, ...args: string[]) =>
    Child.start({
      title: `${title}-${what}`,
      command: python('fastmcp'),
      args: [`${PEERS}/${what}.py`, ...args],
    });
  const server = await start('fastmcp_server', `${redis.url}?max_connections=${CONNECTIONS}`);
  const [url = '', ...versions] = server.announced.split(' ');
  const client = await start('fastmcp_client', url);
  return new Peer(
    fsync === 'always' ? 'fastmcp' : 'fastmcp-everysec',
    `FastMCP tasks, fsync ${fsync}`,
    `${versions.join(' ')}: server and worker in one process, on ${redis.made}; its own Python client`,
    client,
    [server, redis],
  );
}
