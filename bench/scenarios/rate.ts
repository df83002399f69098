/** Requests that a node answers by itself. */
import { McpSession } from '../subjects/mcpSession';
import { atOnce } from '../subjects/subject';
import { p50, perSecond, type Scenario } from './scenario';

const ASK = {
  ping: (session: McpSession) => session.ping(),
  'tools/list': (session: McpSession) => session.listTools(),
};

export const rate = (method: keyof typeof ASK, sessions: number, each: number): Scenario => ({
  name: `${method.replace('/', '-')}-${sessions}`,
  title: `${method}, ${sessions === 1 ? '1 session' : `${sessions} sessions at once`}`,
  base: 'memory',
  columns: [perSecond(method, 'requests/s'), p50(method)],
  begin({ endpoint }) {
    if (!endpoint) return undefined;
    return (async () => {
      const opened = await Promise.all(Array.from({ length: sessions }, () => McpSession.open(endpoint.url)));
      return {
        round: () => atOnce(method, opened, each, ASK[method]),
        end: async () => void (await Promise.all(opened.map((session) => session.close()))),
      };
    })();
  },
});
