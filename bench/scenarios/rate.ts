/** The rate of requests that a node answers by itself, without the worker. */
import { McpSession } from '../subjects/mcpSession';
import { atOnce, type Endpoint } from '../subjects/subject';
import { longEnough } from './longEnough';
import { p50, perSecond, type Running, type Scenario } from './scenario';

const ASK = {
  ping: (session: McpSession) => session.ping(),
  'tools/list': (session: McpSession) => session.listTools(),
};

type Method = keyof typeof ASK;

export const rate = (method: Method, sessions: number, each: number): Scenario => ({
  name: `${method.replace('/', '-')}-${sessions}`,
  title: `${method}, ${sessions === 1 ? '1 session' : `${sessions} sessions at once`}`,
  base: 'memory',
  columns: [perSecond(method, 'requests/s'), p50(method)],
  begin: ({ endpoint }) => (endpoint ? begin(endpoint, method, sessions, each) : undefined),
});

async function begin({ url }: Endpoint, method: Method, sessions: number, each: number): Promise<Running> {
  const opened = await Promise.all(Array.from({ length: sessions }, () => McpSession.open(url)));
  return {
    round: () => longEnough(() => atOnce(method, opened, each, ASK[method])),
    end: async () => void (await Promise.all(opened.map((session) => session.close()))),
  };
}
