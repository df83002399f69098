/** The checks of the package in each cell, and of the package by itself. */
import { devSession } from './dev';
import { COMPILERS, KINDS, NEWEST, NODES, type Cell, type Kind } from './cells';
import type { Project, Ran } from './project';

export interface Check {
  readonly what: string;
  readonly ran: Ran;
}

const compilers = Object.keys(COMPILERS) as (keyof typeof COMPILERS)[];

/**
 * Compiles the author's app with each compiler as each kind of project, and runs it as a CommonJS and as an
 * ES module.
 */
export async function checkCell(project: Project, cell: Cell): Promise<Check[]> {
  await project.installCell(cell);
  const checks: Check[] = [];
  for (const compiler of compilers)
    for (const kind of Object.keys(KINDS) as Kind[])
      checks.push({ what: `${compiler}, ${kind}`, ran: await project.typecheck(kind, compiler) });
  for (const kind of ['ESM node16', 'CJS node16'] as const)
    checks.push({
      what: `npx durable-mcp dev, ${kind.slice(0, 3)}`,
      ran: await devSession(project, ['npx', 'durable-mcp'], project.appOf(kind)),
    });
  return checks;
}

/** Checks with `attw`, for each module resolution, that types and code resolve to matching files. */
export async function checkResolution(project: Project): Promise<Check> {
  await project.install('@arethetypeswrong/cli@0.18.5');
  return {
    what: 'attw',
    ran: await project.run('npx', ['attw', '--no-color', '--no-emoji', project.tarball]),
  };
}

/** Runs the package on each version of Node. npm offers Node as packages with one binary each. */
export async function checkNodes(project: Project): Promise<Check[]> {
  await project.installCell(NEWEST);
  const checks: Check[] = [];
  for (const { version, kind } of NODES) {
    await project.install(`node-${process.platform}-${process.arch}@${version}`);
    const node = `node_modules/node-${process.platform}-${process.arch}/bin/node`;
    const command = [node, 'node_modules/durable-mcp/bin/durable-mcp'];
    const help = await project.run(node, [...command.slice(1), '--help']);
    checks.push({ what: `Node ${version}: durable-mcp --help`, ran: help });
    const ran = await devSession(project, command, project.appOf(kind));
    checks.push({ what: `Node ${version}: durable-mcp dev`, ran });
  }
  return checks;
}
