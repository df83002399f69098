/**
 * `npm run servers`: installs each published server from its registry into a temporary folder, serves it on
 * the SDK's own transport and on durable-mcp, sends both the same requests, and writes the differences into
 * docs/compatibility.md. Fails if a difference has no explanation.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Cluster, startCommand, until } from 'durable-mcp/testing';
import { SERVERS, type PublishedServer } from './servers';
import type { Row } from './row';
import { writeTable } from './table';
import { walk, type Walked } from './walk';

const run = promisify(execFile);

async function rowOf(server: PublishedServer, temporal: string): Promise<Row> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-compatibility-'));
  const row = { server, version: '', asked: 0, same: 0, explained: [], unexplained: [] };
  try {
    const placed = JSON.parse(JSON.stringify(server).replaceAll('FOLDER', folder)) as PublishedServer;
    await mkdir(path.join(folder, 'data'));
    await writeFile(path.join(folder, 'package.json'), '{"type":"module","private":true}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...server.packages], {
      cwd: folder,
    });
    const version = await versionOf(folder, server.packages[0] ?? '');
    // An app that imports a package's TypeScript must be TypeScript itself.
    const app = path.join(folder, placed.app.includes(".ts'") ? 'app.mts' : 'app.mjs');
    await writeFile(app, placed.app);
    const there = await onTheSdk(app, placed);
    const { walked: here, said } = await durably(app, placed, temporal);
    return { ...row, ...compare(placed, there, here), server, version, said };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...row, failure, unexplained: [failure] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function versionOf(folder: string, packageName: string): Promise<string> {
  const name = packageName.replace(/(?<=.)@[^@/]*$/, '');
  const text = await readFile(path.join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function onTheSdk(app: string, server: PublishedServer): Promise<Walked> {
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    path.join(__dirname, 'plain.ts'),
    app,
    ...(server.args ?? []),
  ]);
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    const url = await until(() => {
      if (child.exitCode !== null) throw new Error(`On the SDK's own transport it does not start: ${output}`);
      return /^ready (.*)$/m.exec(output)?.[1];
    });
    return await walk(url, server);
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

async function durably(app: string, server: PublishedServer, temporal: string) {
  const args = ['--', ...(server.args ?? [])];
  const cluster = await Cluster.start({
    app,
    nodes: 1,
    workers: 1,
    temporal,
    nodeArgs: args,
    workerArgs: args,
  });
  try {
    const walked = await walk(cluster.url, server);
    const said = /^The app \S+ (declares .*)$/m.exec(cluster.nodes[0]?.output() ?? '')?.[1];
    return { walked, said };
  } finally {
    await cluster.stop();
  }
}

function compare({ explained = {} }: PublishedServer, there: Walked, here: Walked) {
  const differs = [...there].filter(([step, outcome]) => here.get(step) !== outcome).map(([step]) => step);
  return {
    asked: there.size,
    same: there.size - differs.length,
    explained: differs.flatMap((step) => (explained[step] ? [`${step}: ${explained[step]}`] : [])),
    unexplained: differs
      .filter((step) => !explained[step])
      .map(
        (step) => `${step}: there ${there.get(step)?.slice(0, 300)}, here ${here.get(step)?.slice(0, 300)}`,
      ),
  };
}

async function main(): Promise<void> {
  const only = process.argv.slice(2);
  const data = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-compatibility-data-'));
  const temporal = await startCommand(['temporal', '--port', '0', '--data', data]);
  const rows: Row[] = [];
  try {
    const address = /temporal (\S+)/.exec(temporal.ready)?.[1] ?? '';
    for (const server of SERVERS.filter(
      ({ name }) => only.length === 0 || only.some((each) => name.includes(each)),
    )) {
      const row = await rowOf(server, address);
      rows.push(row);
      console.log(`${server.name} ${row.version}: ${row.same} of ${row.asked} as on the SDK's own transport`);
      row.explained.forEach((each) => {
        console.log(`  explained: ${each}`);
      });
      row.unexplained.forEach((each) => {
        console.log(`  ✗ ${each}`);
      });
    }
  } finally {
    await temporal.stop();
    await rm(data, { recursive: true, force: true });
  }
  if (only.length === 0) await writeTable(rows);
  process.exitCode = rows.some(({ unexplained }) => unexplained.length > 0) ? 1 : 0;
}

void main();
