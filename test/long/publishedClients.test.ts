/** Published third-party clients lose nothing by a crash. `npm run clients` tests many more. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { check } from '../../compatibility/clients/check';
import type { PublishedClient } from '../../compatibility/clients/client';
import { CLIENTS } from '../../compatibility/clients/clients';
import { Place } from '../../compatibility/clients/place';
import { unexplained, type Row } from '../../compatibility/clients/row';

const NAMES = [
  '@modelcontextprotocol/sdk 1.10.2',
  '@modelcontextprotocol/sdk 1.32.2',
  'mcp 1.13.1',
  'mcp 1.30.0',
];

let folder: string;
let rows: Row[];
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-clients-'));
  const clients = NAMES.map(named);
  const [place, commands] = await Promise.all([
    Place.start('two nodes'),
    Promise.all(clients.map(async (client) => client.install(await mkdtemp(path.join(folder, 'client-'))))),
  ]);
  try {
    const outcomes = await check(commands, place);
    rows = clients.map((client, i) => ({ client, outcomes: new Map([[place.name, outcomes[i]!]]) }));
  } finally {
    await place.stop();
  }
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function named(name: string): PublishedClient {
  const client = CLIENTS.find((each) => each.name === name);
  if (!client) throw new Error(`${name} is none of the clients of npm run clients.`);
  return client;
}

test.each(NAMES.map((name, i) => [name, i] as const))('%s', (_, i) => {
  expect(unexplained(rows[i]!)).toEqual([]);
});
