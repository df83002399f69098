/** The rate of requests that a node answers by itself, without the worker. */
import type { McpSession } from '../subjects/mcpSession';
import { atOnce } from '../subjects/subject';
import { longEnough } from './longEnough';
import { inSessions } from './mcpSessions';
import { p50, perSecond, type Scenario } from './scenario';

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
  begin: ({ endpoint }) =>
    endpoint &&
    inSessions(endpoint, sessions, (opened) => longEnough(() => atOnce(method, opened, each, ASK[method]))),
});
