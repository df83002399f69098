/**
 * Answers `resources/subscribe` and `resources/unsubscribe` for servers whose authors do not: any resource of
 * the server can be subscribed to. The SDK (1.32) keeps its registrations private;
 * `test/subscriptions.test.ts` guards this access.
 */
import {
  McpError,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type McpServer,
  type RegisteredResource,
  type RegisteredResourceTemplate,
} from './v1';
import { RESOURCE_NOT_FOUND } from '../../wire/rpcErrors';

interface Registered {
  readonly _registeredResources: Record<string, RegisteredResource>;
  readonly _registeredResourceTemplates: Record<string, RegisteredResourceTemplate>;
}

/** Call it before the server is connected: capabilities cannot be declared later. */
export function answerSubscriptions(server: McpServer): void {
  const registered = server as unknown as Registered;
  const { _registeredResources: resources, _registeredResourceTemplates: templates } = registered;
  if (Object.keys(resources).length + Object.keys(templates).length === 0) return;
  if (server.server.transport || isTaken(server)) return;
  server.server.registerCapabilities({ resources: { subscribe: true } });
  server.server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
    if (!has(registered, uri)) throw new McpError(RESOURCE_NOT_FOUND, 'Resource not found', { uri });
    return {};
  });
  // A resource that no longer exists can still be unsubscribed from.
  server.server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
}

/** Whether the author answers subscriptions. */
function isTaken(server: McpServer): boolean {
  try {
    server.server.assertCanSetRequestHandler('resources/subscribe');
    server.server.assertCanSetRequestHandler('resources/unsubscribe');
    return false;
  } catch {
    return true;
  }
}

function has({ _registeredResources, _registeredResourceTemplates }: Registered, uri: string): boolean {
  if (Object.hasOwn(_registeredResources, uri)) return _registeredResources[uri]?.enabled === true;
  return Object.values(_registeredResourceTemplates).some(
    ({ enabled, resourceTemplate }) => enabled && resourceTemplate.uriTemplate.match(uri) !== null,
  );
}
