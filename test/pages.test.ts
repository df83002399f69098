/**
 * Features, row 31 (specification 2025-11-25, server/utilities/pagination): long lists come in pages, each
 * from any node.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/longLists.ts', workers: 1 });
});
afterAll(() => cluster.stop());

async function connect(name: string): Promise<Client> {
  const client = new Client({ name, version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(cluster.url)));
  return client;
}

/** Reads all pages of a list, each page from another node than the one before. */
async function pagesOf<Page extends { nextCursor?: string }>(
  list: (params: { cursor?: string }) => Promise<Page>,
  afterFirst: () => void = () => undefined,
): Promise<Page[]> {
  const pages: Page[] = [];
  for (
    let cursor: string | undefined;
    pages.length === 0 || cursor !== undefined;
    cursor = pages.at(-1)?.nextCursor
  ) {
    if (pages.length === 1) afterFirst();
    pages.push(await list({ cursor }));
  }
  return pages;
}

const names = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`);

test('133 small tools come at once, as the official client lists them', async () => {
  const client = await connect('small');
  const { tools, nextCursor } = await client.listTools();
  expect([tools.length, nextCursor]).toEqual([133, undefined]);
  await client.close();
});

test('an item that is larger than a page has one of its own', async () => {
  const client = await connect('huge');
  const pages = await pagesOf((params) => client.listTools(params));
  expect(pages.map(({ tools }) => tools.length)).toEqual([1, 1, 1]);
  await client.close();
});

// Items of nearly 5,000 bytes: 100 of them fit into a page.
test('250 tools, 201 resources, 101 templates and 100 prompts come in pages of 500 kB, whole and in order', async () => {
  const client = await connect('test');
  const before = new Map(cluster.served);
  const tools = await pagesOf((params) => client.listTools(params));
  expect(tools.map((page) => page.tools.length)).toEqual([100, 100, 50]);
  expect(tools.flatMap((page) => page.tools.map(({ name }) => name))).toEqual(names('tool-', 0, 250));
  const resources = await pagesOf((params) => client.listResources(params));
  expect(resources.map((page) => page.resources.length)).toEqual([100, 100, 1]);
  expect(resources.flatMap((page) => page.resources.map(({ uri }) => uri))).toEqual(names('list://', 0, 201));
  const templates = await pagesOf((params) => client.listResourceTemplates(params));
  expect(templates.map((page) => page.resourceTemplates.length)).toEqual([100, 1]);
  expect(templates.flatMap((page) => page.resourceTemplates.map(({ name }) => name))).toEqual(
    names('template-', 0, 101),
  );
  const prompts = await pagesOf((params) => client.listPrompts(params));
  expect(prompts.map((page) => page.prompts.length)).toEqual([100]);
  for (const [node, count] of cluster.served) expect(count).toBeGreaterThan(before.get(node) ?? 0);
  await client.close();
});

test('a cursor that was never issued is refused, also one of another list', async () => {
  const client = await connect('test');
  const { nextCursor } = await client.listTools();
  const forged = Buffer.from('{"list":"tools/list","last":"x"}').toString('base64url');
  for (const cursor of ['', 'nonsense', '100', forged, `${nextCursor}x`]) {
    await expect(client.listTools({ cursor })).rejects.toMatchObject({ code: -32602 });
  }
  const misplaced = { cursor: nextCursor };
  const refused = { code: -32602, message: expect.stringMatching(/not issued for/) };
  await expect(client.listPrompts(misplaced)).rejects.toMatchObject(refused);
  await expect(client.listResources(misplaced)).rejects.toMatchObject(refused);
  await client.close();
});

test('an author who answers in pages keeps them and their cursors', async () => {
  const client = await connect('own-pages');
  const pages = await pagesOf((params) => client.listTools(params));
  expect(pages.flatMap(({ tools }) => tools.map(({ name }) => name))).toEqual(['page-0', 'page-1', 'page-2']);
  await client.close();
});

test('a list that changes between two pages goes on after the item that was the last, or where it was', async () => {
  const client = await connect('test');
  const [, second] = await pagesOf(
    (params) => client.listTools(params),
    () => {
      cluster.ledger.open('one before is new');
    },
  );
  expect(second?.tools[0]?.name).toBe('tool-100');
  const [, , third] = await pagesOf((params) => client.listTools(params));
  expect(third?.tools[0]?.name).toBe('tool-199');
  const [first, rest] = await pagesOf(
    (params) => client.listTools(params),
    () => {
      cluster.ledger.open('the last read is gone');
    },
  );
  expect([first?.tools.at(-1)?.name, rest?.tools[0]?.name]).toEqual(['tool-98', 'tool-99']);
  await client.close();
});
