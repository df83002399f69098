/**
 * Reads a server's tools from its own `tools/list`, for tools that are not registered anywhere, such as those
 * of a low-level server.
 */
import { z } from 'zod/v4';
import type { ToolAnnotations } from './protocol';
import type { InitializedServer } from './initializedServer';

export type ListedTools = ReadonlyMap<string, ToolAnnotations | undefined>;

const WITHIN_MS = 10_000;
/** A server with endless pages must not block its caller. */
const MOST_PAGES = 100;

const Page = z.object({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const Hint = z.boolean().optional();
const Tool = z.object({
  name: z.string(),
  annotations: z.object({ readOnlyHint: Hint, idempotentHint: Hint, destructiveHint: Hint }).optional(),
});

/** Omits tools that the server does not list in time, or lists in another form. */
export async function listedTools(server: InitializedServer): Promise<ListedTools> {
  const tools = new Map<string, ToolAnnotations | undefined>();
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    late = setTimeout(() => {
      resolve(undefined);
    }, WITHIN_MS);
  });
  let params: { cursor?: string } = {};
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const id = `durable-mcp:tools/list:${pages}`;
    const asked = server.ask({ jsonrpc: '2.0', id, method: 'tools/list', params }, {});
    const answer = await Promise.race([asked, tooLate]);
    const page = Page.safeParse(answer && 'result' in answer ? answer.result : undefined);
    if (!page.success) break;
    for (const listed of page.data.tools) {
      const tool = Tool.safeParse(listed);
      if (tool.success) tools.set(tool.data.name, tool.data.annotations);
    }
    if (page.data.nextCursor === undefined) break;
    params = { cursor: page.data.nextCursor };
  }
  clearTimeout(late);
  return tools;
}
