/**
 * What a client that forgets nothing costs: calls through the official client's own transport, and through
 * `DurableHttpTransport` with its stores, at one plain SDK server, which answers quickly, and at one node of this
 * product. The rounds take turns, so that what else the machine does meets all. Usage: npm run bench:client
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { DurableHttpTransport, fileStore, memoryStore } from 'durable-mcp/client';
import { Cluster } from 'durable-mcp/testing';
import { Child, ROOT } from './child';
import { median } from './stats';

const ROUNDS = 25;
const APP = path.join(ROOT, 'bench/apps/trivial.ts');

interface Subject {
  readonly name: string;
  readonly client: Client;
  readonly times: number[];
}

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-client-'));
  const server = await Child.startNode('sdk', ['--import', 'tsx', 'bench/subjects/sdk/server.ts']);
  const cluster = await Cluster.start({ app: APP, nodes: 1, workers: 1 });
  await measure('a plain SDK server', server.announced, 200, folder);
  await measure('this product', cluster.url, 20, folder);
  await server.stop();
  await cluster.stop();
  await rm(folder, { recursive: true });
}

async function measure(title: string, url: string, calls: number, folder: string): Promise<void> {
  const subjects = [
    await subject('official transport', new StreamableHTTPClientTransport(new URL(url))),
    await subject('memory store', new DurableHttpTransport(url, { store: memoryStore() })),
    await subject('file store', new DurableHttpTransport(url, { store: fileStore(folder) })),
  ];
  for (let round = -3; round < ROUNDS; round++)
    for (const { client, times } of round % 2 === 0 ? subjects : [...subjects].reverse()) {
      const began = performance.now();
      for (let i = 0; i < calls; i++) await client.callTool({ name: 'echo', arguments: { text: 'a' } });
      if (round >= 0) times.push((performance.now() - began) / calls); // the first ones warm up
    }
  const [official] = subjects;
  for (const { name, times } of subjects) {
    const ratios = times.map((time, round) => time / (official?.times[round] ?? 1));
    console.log(
      `${title}, ${name}: ${median(times).toFixed(2)} ms a call, ${median(ratios).toFixed(2)} × the official transport (median of ${ROUNDS} rounds of ${calls})`,
    );
  }
  for (const { client } of subjects) await client.close();
}

async function subject(name: string, transport: unknown): Promise<Subject> {
  const client = new Client({ name: 'bench', version: '1.0.0' });
  await client.connect(transport as Transport);
  return { name, client, times: [] };
}

void main();
