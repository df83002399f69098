/** An author's project in an empty folder, with the tarball that `npm publish` would send. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pack } from './pack';
import { COMPILERS, KINDS, type Cell, type Kind } from './cells';

const run = promisify(execFile);

export interface Ran {
  readonly ok: boolean;
  readonly output: string;
  /** Whether all errors are in the SDK's own declarations, which fail for every author who imports them. */
  readonly isOfTheSdk?: boolean;
}

const OF_THE_SDK = /^node_modules\/@modelcontextprotocol\/sdk\//;

export class Project {
  private constructor(
    readonly folder: string,
    readonly tarball: string,
  ) {}

  static async create(): Promise<Project> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-package-'));
    const tarball = await pack(folder);
    await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
    for (const [kind, { type }] of Object.entries(KINDS)) {
      const sources = path.join(folder, folderOf(kind as Kind));
      await mkdir(sources);
      await writeFile(path.join(sources, 'package.json'), JSON.stringify({ type }));
      await cp(path.join(__dirname, 'author'), sources, { recursive: true });
    }
    return new Project(folder, tarball);
  }

  /**
   * Installs the cell's packages and both compilers beside each other, so that each cell is installed only
   * once.
   */
  async installCell({ sdk, zod, more = [] }: Cell): Promise<void> {
    const compilers = Object.values(COMPILERS).map((compiler, n) => `compiler-${n}@npm:${compiler}`);
    const authors = [`@modelcontextprotocol/sdk@${sdk}`, `zod@${zod}`, '@types/node@20', ...more];
    await rm(path.join(this.folder, 'package-lock.json'), { force: true });
    await this.install(this.tarball, ...authors, ...compilers);
  }

  async install(...packages: string[]): Promise<void> {
    const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    const { ok, output } = await this.run('npm', ['install', ...quietly, ...packages]);
    if (!ok) throw new Error(`npm install ${packages.join(' ')}:\n${output}`);
  }

  /**
   * Compiles without `skipLibCheck`, so that a declaration of this package that does not fit the author's
   * packages is an error.
   */
  async typecheck(kind: Kind, compiler: keyof typeof COMPILERS): Promise<Ran> {
    const { module, moduleResolution } = KINDS[kind];
    const tsc = `node_modules/compiler-${Object.keys(COMPILERS).indexOf(compiler)}/bin/tsc`;
    const options = { module, moduleResolution, target: 'es2022', types: 'node' };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const ran = await this.run(process.execPath, [
      tsc,
      '--noEmit',
      '--strict',
      ...args,
      this.fileOf(kind, 'entries'),
    ]);
    const errors = ran.output.split('\n').filter((line) => / error TS\d+: /.test(line));
    const isOfTheSdk = errors.length > 0 && errors.every((line) => OF_THE_SDK.test(line));
    return isOfTheSdk ? { ...ran, ok: true, isOfTheSdk } : ran;
  }

  appOf = (kind: Kind): string => this.fileOf(kind, 'app');

  private fileOf = (kind: Kind, name: string): string => path.join(folderOf(kind), `${name}.ts`);

  async run(command: string, args: string[]): Promise<Ran> {
    try {
      const { stdout, stderr } = await run(command, args, { cwd: this.folder, maxBuffer: 2 ** 26 });
      return { ok: true, output: stdout + stderr };
    } catch (error) {
      const { stdout = '', stderr = String(error) } = error as { stdout?: string; stderr?: string };
      return { ok: false, output: stdout + stderr };
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

const folderOf = (kind: Kind): string => kind.toLowerCase().replace(' ', '-');
