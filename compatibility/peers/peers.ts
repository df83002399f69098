/** The clients that are compared, installed from their registries into a temporary folder. */
import { copyFile, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { CLIENTS } from '../clients/clients';
import { DRIVERS as CLIENT_DRIVERS, runTool } from '../clients/toolchain';
import type { Peer } from './peer';

const DRIVERS = path.join(__dirname, 'drivers');

/** Why a client could not be driven. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}

export async function installed(folder: string): Promise<(Peer | Missing)[]> {
  return [
    { name: '`durable-mcp/client`', command: process.execPath, args: [path.join(DRIVERS, 'ours.mjs')] },
    await orMissing('agentle 0.9.76', (name) => agentle(name, folder)),
    {
      name: '`@modelcontextprotocol/sdk` 1.32.2',
      command: process.execPath,
      args: [path.join(DRIVERS, 'sdk1.mjs')],
    },
    await orMissing('@modelcontextprotocol/client 2.4.0', (name) => client2(name, folder)),
  ];
}

async function orMissing(name: string, install: (name: string) => Promise<Peer>): Promise<Peer | Missing> {
  try {
    return await install(name);
  } catch (error) {
    return { name, missing: error instanceof Error ? error.message : String(error) };
  }
}

async function commandOf(name: string, folder: string): Promise<{ command: string; cwd: string }> {
  const client = CLIENTS.find((each) => each.name === name);
  if (!client) throw new Error(`${name} is none of the clients of npm run clients.`);
  const { command, cwd = folder } = await client.install(await mkdtemp(path.join(folder, 'client-')));
  return { command, cwd };
}

async function agentle(name: string, folder: string): Promise<Peer> {
  const { command, cwd } = await commandOf(name, folder);
  const constraints = path.join(CLIENT_DRIVERS, 'constraints.txt');
  await runTool(cwd, command, '-m', 'pip', 'install', '--quiet', '--constraint', constraints, 'redis');
  return { name: '`agentle` 0.9.76', command, args: [path.join(DRIVERS, 'agentle_servers.py')] };
}

async function client2(name: string, folder: string): Promise<Peer> {
  const { command, cwd } = await commandOf(name, folder);
  for (const file of ['driver.mjs', 'sdk2.mjs'])
    await copyFile(path.join(DRIVERS, file), path.join(cwd, file));
  return { name: '`@modelcontextprotocol/client` 2.4.0', command, args: [path.join(cwd, 'sdk2.mjs')] };
}
