/** Python's FastMCP with its tasks, which are kept and handed out by Redis. Server and worker are one process, as its guide has it. */
import { Child } from '../child';
import { Peer } from './peer';
import { PEERS, python } from './peers';
import { Redis, type Fsync } from './redis';

/** More than calls at once: with the 100 that it takes by default, 128 calls at once fail with an internal error. */
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
