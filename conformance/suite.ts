/**
 * Runs the official suite as a process of its own, under the version of Node that it needs. The result files
 * of the suite decide.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const BIN = path.join(__dirname, 'suite/node_modules/.bin');
const REQUIREMENTS = '2025-11-25';

const ChecksSchema = z.array(
  z.object({
    id: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    errorMessage: z.string().optional(),
    /**
     * The sections of the specification that the check tests. An entry without them belongs to the suite's
     * own trace.
     */
    specReferences: z.array(z.unknown()).optional(),
  }),
);

type Check = z.infer<typeof ChecksSchema>[number];

export interface ScenarioResult {
  readonly scenario: string;
  readonly checks: Check[];
}

export interface SuiteRun {
  readonly results: ScenarioResult[];
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs every scenario that the revision requires, and those that the suite runs without scoring them. */
export async function runSuite(url: string, folder: string): Promise<SuiteRun> {
  const results = await mkdtemp(path.join(folder, 'results-'));
  const args = ['server', '--url', url, '--requirements', REQUIREMENTS, '--output-dir', results];
  const child = spawn(path.join(BIN, 'node'), [path.join(BIN, 'conformance'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { results: await readResults(results), exitCode, output };
}

/** Each scenario has a folder with `server-NAME-TIME/checks.json`. A scenario that could not run has none. */
async function readResults(folder: string): Promise<ScenarioResult[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('checks.json'));
  return Promise.all(
    files.sort().map(async (file) => {
      const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT/.exec(file)?.[1] ?? file;
      const all = ChecksSchema.parse(JSON.parse(await readFile(path.join(folder, file), 'utf8')));
      return { scenario, checks: all.filter(({ specReferences }) => specReferences) };
    }),
  );
}
