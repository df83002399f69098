/** Clients from PyPI, each in its own virtual environment. */
import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Unavailable, type PublishedClient } from './client';

const run = promisify(execFile);
const DRIVERS = path.join(__dirname, 'drivers');
const PIP = ['--quiet', '--disable-pip-version-check', '--constraint', path.join(DRIVERS, 'constraints.txt')];

interface PythonClient extends Omit<PublishedClient, 'registry' | 'install'> {
  /**
   * The packages in which clients differ, with their versions. drivers/constraints.txt has the versions of
   * all other packages.
   */
  readonly packages: readonly string[];
  /** A file of the folder `drivers`. */
  readonly driver: string;
  /** The minor version of Python 3 that the client needs. Default 10. */
  readonly minor?: number;
}

const ofPypi = ({ packages, driver, minor = 10, ...client }: PythonClient): PublishedClient => ({
  ...client,
  registry: 'PyPI',
  async install(folder) {
    const environment = path.join(folder, 'environment');
    await makeEnvironment(environment, minor);
    const python = path.join(environment, 'bin', 'python');
    await run(python, ['-m', 'pip', 'install', ...PIP, ...packages]);
    for (const file of ['orders.py', driver])
      await copyFile(path.join(DRIVERS, file), path.join(folder, file));
    return { command: python, args: [path.join(folder, driver)], cwd: folder };
  },
});

/** Uses the machine's Python, or one of the needed version. pyenv hides versions that are not its default. */
async function makeEnvironment(environment: string, minor: number): Promise<void> {
  const isNewEnough = `import sys; sys.exit(sys.version_info < (3, ${minor}))`;
  for (const python of ['python3', `python3.${minor}`]) {
    const env = python === 'python3' ? process.env : { ...process.env, PYENV_VERSION: `3.${minor}` };
    try {
      await run(python, ['-c', isNewEnough], { env });
    } catch {
      continue;
    }
    await run(python, ['-m', 'venv', environment], { env });
    return;
  }
  throw new Unavailable(`There is no Python 3.${minor} here`);
}

/** The SDKs that the clients use, with the packages that decide the bytes on the wire. */
const SDK_1 = ['mcp==1.30.0', 'httpx-sse==0.4.3', 'pydantic==2.14.4'];
const SDK_2 = ['mcp==2.3.0', 'pydantic==2.14.4'];

const AT_ITS_LIMIT = 'it tries again 1 s and 2 s after a break, then it gives up';

export const CLIENTS: readonly PublishedClient[] = [
  ofPypi({
    name: 'mcp 1.13.1',
    packages: ['mcp==1.13.1', 'httpx-sse==0.4.1', 'pydantic==2.11.7'],
    driver: 'mcp1.py',
    explained: { 'node killed': 'it does not resume a stream that breaks off, and waits for ever' },
  }),
  ofPypi({ name: 'mcp 1.30.0', packages: SDK_1, driver: 'mcp1.py', atItsLimit: AT_ITS_LIMIT }),
  ofPypi({ name: 'mcp 2.3.0', packages: SDK_2, driver: 'mcp2.py', atItsLimit: AT_ITS_LIMIT }),
  ofPypi({
    name: 'fastmcp 2.14.7',
    packages: ['fastmcp==2.14.7', 'py-key-value-aio==0.3.0', ...SDK_1],
    driver: 'fast_mcp.py',
    atItsLimit: AT_ITS_LIMIT,
  }),
  ofPypi({
    name: 'fastmcp 4.2.3',
    packages: ['fastmcp==4.2.3', 'py-key-value-aio==0.5.0', ...SDK_2],
    driver: 'fast_mcp.py',
    atItsLimit: AT_ITS_LIMIT,
  }),
  ofPypi({
    name: 'openai-agents 0.24.0',
    packages: ['openai-agents==0.24.0', ...SDK_2],
    driver: 'openai_agents.py',
    atItsLimit: AT_ITS_LIMIT,
    note: 'a call may last 5 s unless `client_session_timeout_seconds` says otherwise, which is 60 here',
  }),
  ofPypi({
    name: 'langchain-mcp-adapters 0.3.2',
    packages: ['langchain-mcp-adapters==0.3.2', ...SDK_1],
    driver: 'langchain_tools.py',
    atItsLimit: AT_ITS_LIMIT,
  }),
  ofPypi({
    name: 'agentle 0.9.76',
    packages: ['agentle==0.9.76', ...SDK_2],
    driver: 'agentle_server.py',
    note: 'it resumes no stream, but sends the request again with the same id, 1 s and 3 s after a break',
    minor: 13,
  }),
];
