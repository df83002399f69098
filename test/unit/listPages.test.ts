/** Lists in pages: following the cursors yields every item once, and a cursor of another list is refused. */
import { expect, test } from '@jest/globals';
import { askForPage } from '../../src/mcp/pages';
import type { JSONRPCRequest, JSONRPCResponse } from '../../src/mcp/protocol';
import { fc } from '../fixtures/laws';

/** The size of a page: the bytes of its items as JSON. */
const PAGE_BYTES = 500_000;

interface Tool {
  readonly name: string;
  readonly text?: string;
}
type Ask = (message: JSONRPCRequest) => Promise<JSONRPCResponse>;

const serverOf =
  (tools: readonly Tool[], more = {}): Ask =>
  async ({ id }) => ({ jsonrpc: '2.0', id, result: { tools: [...tools], ...more } });

async function page(ask: Ask, cursor?: unknown, method = 'tools/list') {
  const message = { jsonrpc: '2.0', id: 1, method, params: cursor === undefined ? {} : { cursor } } as const;
  const answer = await askForPage(ask, message);
  if ('error' in answer) return { error: answer.error };
  return { tools: answer.result.tools as Tool[], next: answer.result.nextCursor as string | undefined };
}

/** Reads all pages. `serve(page)` is the server for that page, so the list may change between pages. */
async function pages(serve: (page: number) => Ask): Promise<Tool[][]> {
  const all: Tool[][] = [];
  let cursor: string | undefined;
  do {
    const { tools = [], next } = await page(serve(all.length), cursor);
    all.push(tools);
    cursor = next;
  } while (cursor !== undefined && all.length < 1_000);
  return all;
}

const sized = (name: string, bytes: number): Tool => ({ name, text: 'x'.repeat(bytes) });

test('pages together are the list, none is larger than it may be, and none is empty', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(1_000), fc.integer({ min: 100_000, max: 700_000 })), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      const tools = sizes.map((bytes, n) => sized(`${n}`, bytes));
      const all = await pages(() => serverOf(tools));
      expect(all.flat()).toEqual(tools);
      for (const each of all) {
        expect(each.length).toBeGreaterThan(tools.length > 0 ? 0 : -1);
        const bytes = each.reduce((sum, tool) => sum + JSON.stringify(tool).length, 0);
        expect(each.length === 1 || bytes <= PAGE_BYTES).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

const THREE = [sized('a', 300_000), sized('b', 300_000), sized('c', 300_000)];

test('where items came and went meanwhile, the next page begins after the last item of the page before', async () => {
  const added = { name: 'added' };
  const [, second] = await pages((n) => serverOf(n === 0 ? THREE : [added, ...THREE]));
  expect(second?.map(({ name }) => name)).toEqual(['b']);
  const [, gone] = await pages((n) => serverOf(n === 0 ? THREE : THREE.slice(1)));
  expect(gone?.map(({ name }) => name)).toEqual(['b']); // continues after the place of the removed `a`
});

test('a cursor of another list, or of nobody, is refused', async () => {
  const { next } = await page(serverOf(THREE));
  expect(next).toBeDefined();
  const other: Ask = async ({ id }) => ({ jsonrpc: '2.0', id, result: { prompts: [] } });
  expect(await page(other, next, 'prompts/list')).toMatchObject({
    error: {
      code: -32602,
      message: 'The cursor was not issued for prompts/list; ask without a cursor for the first page.',
    },
  });
  for (const cursor of ['x', '', 7, `${next}=`, Buffer.from('{}').toString('base64url')])
    expect(await page(serverOf(THREE), cursor)).toMatchObject({ error: { code: -32602 } });
});

test('the pages of an author who makes his own stay as they are', async () => {
  const own: Ask = async ({ id, params }) => ({
    jsonrpc: '2.0',
    id,
    result: params?.cursor === 'mine' ? { tools: [{ name: 'last' }] } : { tools: THREE, nextCursor: 'mine' },
  });
  expect(await page(own)).toEqual({ tools: THREE, next: 'mine' });
  expect(await page(own, 'mine')).toEqual({ tools: [{ name: 'last' }], next: undefined });
});

test('what is no list, what fails and what is malformed comes as it is', async () => {
  const error = { code: -32603, message: 'no' };
  const fails: Ask = async ({ id }) => ({ jsonrpc: '2.0', id, error });
  expect(await page(fails)).toEqual({ error });
  const odd: Ask = async ({ id }) => ({ jsonrpc: '2.0', id, result: { tools: 'none' } });
  expect(await page(odd)).toEqual({ tools: 'none', next: undefined });
  const seen: JSONRPCRequest[] = [];
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { cursor: 'of the tool' } } as const;
  await askForPage(async (message) => (seen.push(message), { jsonrpc: '2.0', id: 1, result: {} }), call);
  expect(seen).toEqual([call]);
});
