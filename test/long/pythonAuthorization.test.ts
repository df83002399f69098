/**
 * The official Python client with a real identity provider, a balancer and two nodes: discovery, registration, PKCE, calls,
 * a refreshed token, and more scopes for a tool that requires them. The TypeScript client: authorizationCode.test.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Cluster } from 'durable-mcp/testing';
import { signIn, startIdentityProvider, type IdentityProvider } from '../fixtures/person';
import { installPythonSdk } from '../fixtures/python';
import { ROOT } from '../fixtures/root';

/** The pause between calls is longer than a token is valid, so that the client refreshes its token before each call. */
const TTL_S = 5;
const BETWEEN_S = TTL_S + 1;

let cluster: Cluster;
let idp: IdentityProvider;
let packages: string;
beforeAll(async () => {
  [idp, packages] = await Promise.all([startIdentityProvider('jwt', TTL_S), installPythonSdk()]);
  cluster = await Cluster.start({ app: 'examples/authorization/server.ts', nodes: 0, workers: 1 });
  const args = ['--auth-issuer', idp.url, '--public-url', cluster.url, '--auth-scope', 'notes:read'];
  await Promise.all([cluster.startNode('0', args), cluster.startNode('0', args)]);
}, 300_000);
afterAll(async () => {
  await cluster.stop();
  await idp.stop();
});

test('signs in, calls, refreshes, steps up, in one session', async () => {
  const program = path.join(ROOT, 'test/python/authorization.py');
  const child = spawn('python3', [program, cluster.url, String(BETWEEN_S)], {
    env: { ...process.env, PYTHONPATH: packages },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const said: Record<string, unknown>[] = [];
  for await (const line of createInterface(child.stdout)) {
    const what = JSON.parse(line) as Record<string, unknown>;
    said.push(what);
    if (typeof what.signIn !== 'string') continue;
    child.stdin.write(`${(await signIn(new URL(what.signIn), 'ada')).href}\n`);
  }
  if (child.exitCode === null) await once(child, 'exit');
  expect({ code: child.exitCode, errors: child.exitCode === 0 ? '' : errors }).toEqual({
    code: 0,
    errors: '',
  });
  const of = (what: string) => said.flatMap((line) => (what in line ? [line[what]] : []));
  expect(of('result')).toEqual(['no notes', 'no notes', 'noted for ada', 'tea']);
  expect(of('signIn')).toHaveLength(2); // at the beginning, and for the broader scopes
  expect(of('scope').length).toBeGreaterThan(2); // more tokens than sign-ins: some were refreshed
  expect(String(of('scope')[0])).not.toContain('notes:write');
  expect(String(of('scope').at(-1))).toContain('notes:write');
  expect(of('sameSession')).toEqual([true]);
  expect([...cluster.served.values()].filter((requests) => requests > 0)).toHaveLength(2);
});
