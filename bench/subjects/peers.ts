/** The paths of the installed peers (bench/peers/install.sh). */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../child';

export const PEERS = 'bench/peers';

type PeerName = 'fastmcp' | 'mcp-agent';

export const python = (peer: PeerName): string => path.join(ROOT, PEERS, '.venv', peer, 'bin/python');

export const isInstalled = (peer: PeerName): boolean => existsSync(python(peer));
