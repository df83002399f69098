/** Starts all subjects that are installed. */
import { BareSignal } from './bareSignal';
import { Floor } from './floor';
import { startFastMcp } from './fastmcp';
import { startMcpAgent } from './mcpAgent';
import { isInstalled } from './peers';
import { PRODUCTS, Product } from './product';
import { Redis } from './redis';
import { Sdk } from './sdk';
import { Update } from './update';
import type { Subject } from './subject';

/**
 * Starts subjects in the order of the tables. Each is handed to `started` as soon as it runs, so that it is
 * stopped even if a later one fails to start.
 */
export async function startSubjects(
  temporal: string,
  started: (subject: Subject) => void,
  profileInto?: string,
): Promise<void> {
  const hasRedis = Redis.version() !== undefined;
  for (const name of PRODUCTS) started(await Product.start(temporal, name, profileInto));
  started(await Floor.start(temporal, { profileInto }));
  started(await BareSignal.start(temporal));
  started(await Update.start(temporal));
  started(await Sdk.start(profileInto));
  if (hasRedis) started(await Sdk.start(profileInto, await Redis.start('always')));
  else say('the SDK with its events in Redis', 'there is no redis-server', 'apt-get install redis-server');
  if (!isInstalled('fastmcp')) say('FastMCP', 'it is not installed', 'bench/peers/install.sh');
  else if (!hasRedis) say('FastMCP', 'there is no redis-server', 'apt-get install redis-server');
  else for (const fsync of ['always', 'everysec'] as const) started(await startFastMcp(fsync));
  if (isInstalled('mcp-agent'))
    for (const place of ['workflow', 'activity'] as const) started(await startMcpAgent(temporal, place));
  else say('mcp-agent', 'it is not installed', 'bench/peers/install.sh');
}

function say(what: string, why: string, install: string): void {
  console.error(`bench: goes without ${what}, since ${why}; to have it, run ${install}.`);
}
