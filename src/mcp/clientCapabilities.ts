/**
 * Limits a server's requests to what the client declared (specification 2025-11-25, lifecycle, operation).
 */
import type { ClientCapabilities } from './protocol';

const NEEDED: Partial<Record<string, keyof ClientCapabilities>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};

/**
 * The reason, as a sentence, why the client cannot be asked; `undefined` if it can. An elicitation can have a
 * `mode`.
 */
export function lacksCapability(
  capabilities: ClientCapabilities,
  method: string,
  mode: 'form' | 'url' = 'form',
): string | undefined {
  if (method === 'ping') return undefined;
  const needed = NEEDED[method];
  if (!needed) return `durable-mcp does not carry ${method} to the client.`;
  const lack = `The client did not declare the capability ${needed}`;
  if (!capabilities[needed]) return `${lack}, so it cannot be asked for ${method}.`;
  if (needed === 'elicitation' && !capabilities.elicitation?.[mode])
    return `${lack}.${mode}, so it cannot be asked with a ${mode === 'url' ? 'URL' : 'form'}.`;
  return undefined;
}

/**
 * A client that declares elicitation without a mode supports forms, the only kind before the capability had
 * modes (specification 2025-06-18, elicitation). The MCP SDK reads an empty object this way, but not the `{
 * "Form": null, "URL": null }` of the Go SDK 1.2 and 1.3. (`requestsToClient.test.ts`)
 */
export function withElicitationMode(capabilities: ClientCapabilities): ClientCapabilities {
  const { elicitation } = capabilities;
  if (!elicitation || elicitation.form || elicitation.url) return capabilities;
  return { ...capabilities, elicitation: { ...elicitation, form: {} } };
}
