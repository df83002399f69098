/**
 * Warnings, in the worker's log, of calls that hold their worker while they wait for their client. Whether a tool asks shows only when it does:
 * a tool is warned of at its first question, once in a worker.
 */
import { buildServer } from '../src/mcp/buildServer';
import { toolName } from '../src/mcp/sdk/registeredTools';
import type { App } from '../src/mcp/app';
import { deliveryByAuthor } from '../src/api/policyOf';
import type { CallInput } from '../src/wire/call';
import type { Step } from './step';

const warnedOf = new WeakMap<App, Set<string>>();

/** Warns of a question in an at-most-once call whose author has not said that it is to be at-most-once. */
export function warnOfHeldWorker(
  app: App,
  { session, message, policy }: CallInput,
  { kind }: Step,
  warn: (text: string, about: Record<string, unknown>) => void,
): void {
  const tool = toolName(message);
  if (kind !== 'ask' || policy.delivery !== 'at-most-once' || tool === undefined) return;
  const warned = warnedOf.get(app) ?? new Set();
  warnedOf.set(app, warned);
  if (warned.has(tool)) return;
  warned.add(tool);
  const look = async () => {
    const server = await buildServer(app, session);
    server.close(session.id);
    if (deliveryByAuthor(server, tool) !== undefined) return;
    warn(
      'a tool asks its client in a call that is at-most-once by default: the call holds its worker while it waits, and is lost with it; set durability.delivery, or the annotation idempotentHint if the handler may run again',
      { tool },
    );
  };
  look().catch(() => warned.delete(tool)); // the call itself says what is wrong with its app
}
