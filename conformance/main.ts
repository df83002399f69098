/**
 * `npm run conformance`: runs the official suite against examples/conformance/server.ts, first served by
 * `durable-mcp dev`, then behind a balancer that sends each request to another node. Every scenario and every
 * check must pass in both.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Cluster, startCommand } from 'durable-mcp/testing';
import { runSuite, type SuiteRun } from './suite';

const APP = 'examples/conformance/server.ts';
/** The numbers of this version of the suite: a run must not pass because something was left out. */
const EXPECTED = { scenarios: 33, checks: 84 };
async function dev(data: string): Promise<SuiteRun> {
  const server = await startCommand(['dev', APP, '--port', '0', '--data', path.join(data, 'dev')]);
  try {
    return await runSuite(server.ready, data);
  } finally {
    await server.stop();
  }
}

async function behindBalancer(data: string): Promise<SuiteRun> {
  const server = await startCommand(['temporal', '--data', path.join(data, 'temporal'), '--port', '0']);
  try {
    const temporal = /temporal (\S+)/.exec(server.ready)?.[1];
    const cluster = await Cluster.start({ app: APP, temporal });
    try {
      return await runSuite(cluster.url, data);
    } finally {
      await cluster.stop();
    }
  } finally {
    await server.stop();
  }
}

/** Prints the results. @returns whether all checks passed */
function report(name: string, { results, exitCode, output }: SuiteRun): boolean {
  const checks = results.flatMap(({ scenario, checks }) => checks.map((check) => ({ ...check, scenario })));
  const amiss = checks.filter(({ status }) => status !== 'SUCCESS');
  const scenariosAmiss = new Set(amiss.map(({ scenario }) => scenario));
  for (const { scenario, id, status, errorMessage } of amiss)
    console.log(`  ✗ ${scenario}: ${id} ${status} ${errorMessage ?? ''}`);
  console.log(
    `${name}: ${results.length - scenariosAmiss.size} of ${EXPECTED.scenarios} scenarios, ` +
      `${checks.length - amiss.length} of ${EXPECTED.checks} checks passed`,
  );
  const complete = results.length === EXPECTED.scenarios && checks.length === EXPECTED.checks;
  const passed = exitCode === 0 && complete && amiss.length === 0;
  if (!passed && amiss.length === 0)
    console.log(`The suite ended with ${exitCode} after ${checks.length} checks:\n${output.slice(-5_000)}`);
  return passed;
}

async function main(): Promise<void> {
  const data = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-conformance-'));
  try {
    const passed = [
      report('dev', await dev(data)),
      report('two nodes, two workers', await behindBalancer(data)),
    ];
    if (passed.includes(false)) process.exitCode = 1;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(`conformance: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
