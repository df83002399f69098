/** Connects a caller's handlers with the official client, and tells the server what this client can do. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
  type ClientCapabilities,
} from '@modelcontextprotocol/sdk/types.js';
import type { Handlers, ListName } from './options';

export const capabilitiesFor = ({ elicit, sample, roots }: Handlers): ClientCapabilities => ({
  ...(elicit && { elicitation: { form: {}, url: {} } }),
  ...(sample && { sampling: {} }),
  ...(roots && { roots: {} }),
});

export function installHandlers(
  client: Client,
  { elicit, sample, roots, log, resourceUpdated, listChanged }: Handlers,
  changed: (list: ListName) => void,
): void {
  if (elicit) client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicit(params));
  if (sample) client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => sample(params));
  if (roots) client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots: await roots() }));
  if (log) {
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
      log(params);
    });
  }
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    resourceUpdated?.(params.uri);
  });
  const note = (list: ListName) => () => {
    changed(list);
    listChanged?.(list);
  };
  client.setNotificationHandler(ToolListChangedNotificationSchema, note('tools'));
  client.setNotificationHandler(PromptListChangedNotificationSchema, note('prompts'));
  client.setNotificationHandler(ResourceListChangedNotificationSchema, note('resources'));
}
