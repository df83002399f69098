/**
 * The search attributes of sessions in Temporal. Their names are registered in namespaces, so they never
 * change. Part of the workflow bundle.
 */
import type { SearchAttributePair } from '@temporalio/common';
import type { SessionInfo } from './sessionInfo';

/**
 * Same as the result of the SDK's `defineSearchAttributeKey`, without loading the SDK, which `dev` does not
 * load.
 */
type Key = SearchAttributePair['key'];

/** The client's name. */
export const MCP_CLIENT = { name: 'McpClient', type: 'KEYWORD' } satisfies Key;
/** The principal that opened the session. */
export const MCP_PRINCIPAL = { name: 'McpPrincipal', type: 'KEYWORD' } satisfies Key;
/** The tools that the session has called. */
export const MCP_TOOL = { name: 'McpTool', type: 'KEYWORD_LIST' } satisfies Key;

export const SEARCH_ATTRIBUTES = [MCP_CLIENT, MCP_PRINCIPAL, MCP_TOOL];

export const searchAttributesOf = ({ client, principal }: SessionInfo): SearchAttributePair[] => [
  { key: MCP_CLIENT, value: keyword(client.name) },
  { key: MCP_PRINCIPAL, value: keyword(principal) },
];

/** PostgreSQL accepts at most 255 characters, no null character and no unpaired surrogate. */
const keyword = (text: string): string => text.slice(0, 200).replace(/\p{C}/gu, '');

/** A list above 2 KiB would fail the workflow task for ever, and clients choose the names. */
const MAXIMUM_TOOLS = 50;
const MAXIMUM_LIST_BYTES = 1_500;
const TOOL_NAME = /^[\w./-]{1,128}$/;

/**
 * Adds a tool to the list; `undefined` if the list has it already, the name is unusual or the list is full.
 */
export function withTool(tools: readonly string[], tool: string): string[] | undefined {
  const more = [...tools, tool];
  const fits = more.length <= MAXIMUM_TOOLS && JSON.stringify(more).length <= MAXIMUM_LIST_BYTES;
  return fits && TOOL_NAME.test(tool) && !tools.includes(tool) ? more : undefined;
}
