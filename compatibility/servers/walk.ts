/** Collects what a client gets from a server: every list, and the outcome of each step. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { PublishedServer, Step } from './servers';

const LISTS = [
  ['tools', 'tools/list', 'tools', 'name'],
  ['prompts', 'prompts/list', 'prompts', 'name'],
  ['resources', 'resources/list', 'resources', 'uri'],
  ['resources', 'resources/templates/list', 'resourceTemplates', 'uriTemplate'],
] as const;
const TIMEOUT_MS = 30_000;

/** The outcome of each step, by its name, in a form that two runs can compare. */
export type Walked = ReadonlyMap<string, string>;

export async function walk(url: string, { steps, measures }: PublishedServer): Promise<Walked> {
  const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
  const client = new Client({ name: 'compatibility', version: '1' }, { capabilities });
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'm',
    role: 'assistant' as const,
    content: { type: 'text' as const, text: 'sampled' },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' as const }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [] }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const walked = new Map<string, string>();
  const ask = ({ method, params }: Step) =>
    client.request({ method, params }, ResultSchema, { timeout: TIMEOUT_MS });
  try {
    for (const [capability, method, items, key] of LISTS) {
      if (!client.getServerCapabilities()?.[capability]) continue;
      walked.set(
        method,
        await outcome(async () => {
          const all: unknown[] = [];
          for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
            const page = await ask({ method, params: cursor === undefined ? {} : { cursor } });
            all.push(...(page[items] as Record<string, unknown>[]).map((item) => item[key]));
            cursor = page.nextCursor as string | undefined;
          }
          return all;
        }),
      );
    }
    for (const step of steps) walked.set(nameOf(step, walked), await outcome(() => ask(step)));
  } finally {
    await client.close();
  }
  return measures ? new Map([...walked].map(([step, text]) => [step, withoutNumbers(text)])) : walked;
}

/** A repeated step gets a number. */
function nameOf({ method, params = {} }: Step, walked: Walked): string {
  const what = [method, params.name ?? params.uri].filter(Boolean).join(' ');
  const times = [...walked.keys()].filter((name) => name === what || name.startsWith(`${what} `)).length;
  return times === 0 ? what : `${what} ${times + 1}`;
}

async function outcome(ask: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await ask());
  } catch (error) {
    return `error ${String((error as { code?: unknown }).code)}`;
  }
}

const withoutNumbers = (text: string): string =>
  text.replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, 'ID').replace(/\d+(\.\d+)?/g, 'N');
