/** State between calls: `ctx.state` belongs to one session, a `durableMap` to all sessions of the app. */
import { DurableMcpServer, durableMap, type SessionInfo } from 'durable-mcp';
import { z } from 'zod';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

// #region map
interface Page {
  readonly title: string;
  readonly visits: number;
}
const pages = durableMap<Page>('pages');
// #endregion

export default function app(session: SessionInfo) {
  const server = new DurableMcpServer({ name: 'shared-state', version: '1.0.0' });

  // #region state
  server.registerTool('sign_in', { inputSchema: { user: z.string() } }, async ({ user }, ctx) => {
    await ctx.state.set('user', user);
    await ctx.state.update<number>('visits', (visits = 0) => visits + 1);
    return text(`Hello ${user}`);
  });
  // The app is built for each request, so what a session has can depend on its state.
  if (session.state.user)
    server.registerTool('who_am_i', { annotations: { readOnlyHint: true } }, () =>
      text(String(session.state.user)),
    );
  // #endregion

  // #region shared
  server.registerTool('visit', { inputSchema: { url: z.string() } }, async ({ url }) => {
    const page = await pages.update(url, (now = { title: url, visits: 0 }) => ({
      ...now,
      visits: now.visits + 1,
    }));
    return text(`${url}: visit ${page?.visits}`);
  });

  server.registerTool('visited', { annotations: { readOnlyHint: true } }, async (ctx) => {
    // What is read decides the answer, so it is read inside of a step.
    const all = await ctx.atLeastOnce('read', () => pages.entries({ from: 'https://', limit: 100 }));
    return text(all.map(([url, { visits }]) => `${url} ${visits}`).join('\n'));
  });
  // #endregion

  return server;
}
