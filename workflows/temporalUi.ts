/** What Temporal's UI shows of a session beside its history: its search attributes and its current calls. */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { asCode } from '../src/wire/markdown';
import { MCP_TOOL, withTool } from '../src/wire/searchAttributes';
import type { JSONRPCRequest } from '../src/wire/messages';
import type { CallInFlight } from '../src/wire/session';

/** The most calls that the UI gets. */
const SHOWN_CALLS = 20;

/**
 * Writes an event if the tool is new to the session. The list belongs to the workflow execution, so a
 * continued run has it too.
 */
export function listTool({ method, name }: CallInFlight): void {
  if (method !== 'tools/call' || name === undefined) return;
  const tools = withTool(workflowInfo().typedSearchAttributes.get(MCP_TOOL) ?? [], name);
  if (tools) upsertSearchAttributes([{ key: MCP_TOOL, value: tools }]);
}

/** Writes no event: Temporal's UI gets the details by a query to a worker. */
export function showCalls(calls: ReadonlyMap<string, { describe(): CallInFlight }>, waiting: number): void {
  const shown: string[] = [];
  for (const call of calls.values()) {
    if (shown.length === SHOWN_CALLS) break;
    shown.push(lineOf(call.describe()));
  }
  if (calls.size > shown.length) shown.push(`- and ${calls.size - shown.length} more`);
  const more = waiting > 0 ? `, and ${waiting} more wait until these have ended` : '';
  setCurrentDetails([`**Calls in flight: ${calls.size}${more}**`, '', ...shown].join('\n').trim());
}

function lineOf({ requestId, method, name = '', status }: CallInFlight): string {
  return `- ${asCode(`#${requestId} ${method} ${name}`)}, ${status}`;
}

/** The name of the tool or prompt, or the URI of the resource. */
export function nameOf({ params }: JSONRPCRequest): string | undefined {
  const name = params?.name ?? params?.uri;
  return typeof name === 'string' ? name : undefined;
}

/** The summary of an activity. */
export const summaryOf = (message: JSONRPCRequest): string =>
  asCode(`${message.method} ${nameOf(message) ?? ''} #${message.id}`);
