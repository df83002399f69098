/** All published clients; each registry has a file. */
import type { PublishedClient } from './client';
import { CLIENTS as GO } from './go';
import { CLIENTS as JAVA } from './java';
import { CLIENTS as NPM } from './npm';
import { CLIENTS as PYTHON } from './python';
import { CLIENTS as RUST } from './rust';

export const CLIENTS: readonly PublishedClient[] = [...NPM, ...PYTHON, ...GO, ...JAVA, ...RUST];
