/**
 * What an access token costs: pings and calls of eight sessions at a node that verifies a JWT with each request, beside the same at a node that lets everybody in. The
 * rounds take turns, so that what else the machine does meets both. Usage: npm run bench:authorization
 */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { BareClient, Cluster } from 'durable-mcp/testing';
import { ROOT } from './child';
import { median } from './stats';

const RESOURCE = 'https://mcp.example.com/mcp';
const SESSIONS = 8;
const ROUNDS = 15;
const WORK = { ping: 100, call: 8 } as const;

type Kind = keyof typeof WORK;

async function main(): Promise<void> {
  const issuer = spawn(process.execPath, [path.join(ROOT, 'examples/authorization/issuer.mjs'), '0']);
  const issuerUrl = await announced(issuer);
  const token = await tokenOf(issuerUrl);
  const cluster = await Cluster.start({ app: 'test/fixtures/app.ts', nodes: 1, workers: 1 });
  await cluster.startNode('0', ['--auth-issuer', issuerUrl, '--public-url', RESOURCE]);
  const open = (node: number) =>
    Promise.all(
      Array.from({ length: SESSIONS }, () => {
        const client = new BareClient(cluster.nodes[node]?.ready ?? '');
        if (node === 1) client.token = token;
        return client.open();
      }),
    );
  const [without, withToken] = [await open(0), await open(1)];
  for (const kind of ['ping', 'call'] as const) {
    const ratios: number[] = [];
    for (let round = -2; round < ROUNDS; round++) {
      const free = await timeOf(kind, without, round);
      const ratio = (await timeOf(kind, withToken, round)) / free;
      if (round >= 0) ratios.push(ratio); // the first two warm up
    }
    console.log(
      `${kind}: with a JWT ${median(ratios).toFixed(3)} of the time without (median of ${ROUNDS} rounds of ${SESSIONS} × ${WORK[kind]})`,
    );
  }
  await cluster.stop();
  issuer.kill();
}

/** Resolves with the URL of the identity provider when it serves. */
async function announced({ stdout }: ChildProcess): Promise<string> {
  for await (const line of createInterface(stdout ?? process.stdin)) {
    const [, url] = /^ready (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error('The identity provider did not start.');
}

/** A JWT that the provider gives to a client that acts for itself. */
async function tokenOf(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('node:secret of the node'.replaceAll(' ', '+'))}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: RESOURCE, scope: 'notes:read' }),
  });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`The identity provider gave no token: ${response.status}.`);
  return token;
}

async function timeOf(kind: Kind, clients: BareClient[], round: number): Promise<number> {
  const began = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let i = 0; i < WORK[kind]; i++) {
        const id = `${kind} ${round} ${i}`;
        const message =
          kind === 'ping'
            ? { jsonrpc: '2.0', id, method: 'ping' }
            : client.callMessage(id, 'echo', { value: 'a' });
        await (await client.post(message)).text();
      }
    }),
  );
  return performance.now() - began;
}

void main();
