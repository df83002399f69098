/**
 * Shows the product in under a minute: one Temporal, two nodes, two workers and a long call, whose worker and
 * node are then killed. Each part is a process of its own, killed with SIGKILL; the client is the official
 * one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

const ROOT = path.join(__dirname, '../..');
const ITEMS = 8;

interface Role {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ready: string;
}

const running: Role[] = [];
const began = Date.now();
const say = (line: string) => {
  console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${line}`);
};

async function start(name: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Role> {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/durable-mcp'), ...args], {
    cwd: ROOT,
    env: { ...process.env, LOG_LEVEL: 'silent', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('ready ')) continue;
    const role = { name, process: child, ready: line.slice(6) };
    running.push(role);
    say(`${name} is ready: ${role.ready}`);
    return role;
  }
  throw new Error(`${name} did not start.`);
}

async function kill(role: Role): Promise<void> {
  role.process.kill('SIGKILL');
  await once(role.process, 'exit');
  running.splice(running.indexOf(role), 1);
  say(`☠ killed ${role.name} (SIGKILL to ${role.process.pid})`);
}

/** Acts as a balancer: sends each request to the first node that answers. */
function balance(nodes: () => Role[], onAnswer: (node: Role) => void): typeof fetch {
  return async (_url, init) => {
    for (const node of nodes()) {
      const response = await fetch(node.ready, init).catch(() => undefined);
      if (!response) continue;
      onAnswer(node);
      return response;
    }
    throw new Error('no node answers');
  };
}

async function story(data: string): Promise<void> {
  const temporal = await start('Temporal', ['temporal', '--data', data, '--port', '0', '--ui-port', '0']);
  const address = /temporal (\S+)/.exec(temporal.ready)?.[1] ?? '';
  const env = { SHOP_DB: path.join(data, 'shop.db') };
  const shop = (role: string, ...args: string[]) => [
    role,
    'examples/shop/server.ts',
    '--temporal',
    address,
    ...args,
  ];
  const [nodeA, nodeB] = await Promise.all([
    start('node A', shop('http', '--port', '0'), env),
    start('node B', shop('http', '--port', '0'), env),
  ]);
  const workers = await Promise.all([
    start('worker 1', shop('worker'), env),
    start('worker 2', shop('worker'), env),
  ]);

  const client = new Client({ name: 'demo', version: '1.0.0' });
  const fetchFrom = balance(
    () => [nodeA, nodeB].filter((node) => running.includes(node)),
    (node) => {
      answeredBy = node.name;
    },
  );
  let answeredBy = '';
  const transport = new StreamableHTTPClientTransport(new URL(nodeA.ready), { fetch: fetchFrom });
  await client.connect(transport);
  const customer = `ada-${randomUUID().slice(0, 4)}`;
  say(`the official client opens a session and checks out ${ITEMS} mugs; ${answeredBy} holds the stream`);

  let killing: Promise<void> | undefined;
  const answer = client.callTool(
    { name: 'checkout', arguments: { customer, product: 'mug', quantity: ITEMS, secondsPerItem: 0.7 } },
    undefined,
    {
      onprogress: ({ progress, message }) => {
        say(`  ${message}, by ${answeredBy}`);
        if (progress === 3) killing = killBoth(/worker (\d+)/.exec(message ?? '')?.[1]);
      },
    },
  );
  async function killBoth(pid: string | undefined): Promise<void> {
    const worker = workers.find((role) => String(role.process.pid) === pid);
    await Promise.all([worker && kill(worker), kill(nodeA)]);
    say(
      '  the client reconnects to another node with Last-Event-ID; Temporal notices the worker within 4 s …',
    );
  }

  const result = (await answer) as CallToolResult;
  await killing;
  say(`answer, by ${answeredBy}: ${textOf(result)}`);
  const charges = textOf(
    (await client.callTool({ name: 'count_charges', arguments: { customer } })) as CallToolResult,
  );
  say(
    `the shop's own database says: ${customer} was charged ${charges === '1' ? 'once' : `${charges} times`}`,
  );
  await transport.terminateSession();
  await client.close();
  if (result.isError || charges !== '1') process.exitCode = 1;
}

function textOf({ content: [first] }: CallToolResult): string {
  return first?.type === 'text' ? first.text : '';
}

async function main(): Promise<void> {
  const data = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-demo-'));
  try {
    await story(data);
  } finally {
    // Temporal, which started first, is stopped last.
    for (const role of [...running].reverse()) {
      role.process.kill('SIGTERM');
      await once(role.process, 'exit');
    }
    await rm(data, { recursive: true, force: true });
    say('everything is stopped');
  }
}

main().catch((error: unknown) => {
  console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
