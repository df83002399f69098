/** Notifications to the sessions that have subscribed to a resource, and to all sessions of the app. */
import { DurableMcpServer, durableMap, notifyListChanged, notifyResourceUpdated } from 'durable-mcp';
import { z } from 'zod';

const notes = durableMap<string>('notes');

export default async function app() {
  const server = new DurableMcpServer(
    { name: 'notifications', version: '1.0.0' },
    // Announces that tools may be added later, and that clients are then notified.
    { capabilities: { tools: { listChanged: true }, resources: { subscribe: true } } },
  );

  // #region resource
  server.registerResource('note', 'note://today', { mimeType: 'text/plain' }, async (uri) => ({
    contents: [{ uri: uri.href, text: (await notes.get('today')) ?? '' }],
  }));

  server.registerTool('write', { inputSchema: { note: z.string() } }, async ({ note }) => {
    await notes.set('today', note);
    await notifyResourceUpdated('note://today'); // each subscribed session, once
    return { content: [{ type: 'text', text: 'written' }] };
  });
  // #endregion

  // #region list
  server.registerTool('enable_search', {}, async () => {
    await notes.set('search', 'on');
    await notifyListChanged('tools'); // each session of the app, once
    return { content: [{ type: 'text', text: 'search is on' }] };
  });
  if (await notes.has('search'))
    server.registerTool('search', { annotations: { readOnlyHint: true } }, () => ({
      content: [{ type: 'text', text: 'found' }],
    }));
  // #endregion

  return server;
}
