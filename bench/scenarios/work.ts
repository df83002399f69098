/** Calls of a tool that works for a while: those that begin inline beside those that are activities at once. */
import { McpSession } from '../subjects/mcpSession';
import { atOnce, type Endpoint } from '../subjects/subject';
import { p50, p99, perSecond, type Running, type Scenario } from './scenario';

const WORK_MS = 200;
const WORKING = ['product', 'product-once'];

export const work = (sessions: number, each: number): Scenario => ({
  name: `work-${sessions}`,
  title: `Calls of ${WORK_MS} ms, ${sessions === 1 ? '1 session' : `${sessions} sessions at once`}`,
  base: 'product-once',
  columns: [p50('call'), p99('call'), perSecond('call', 'calls/s')],
  begin: ({ name, endpoint }) =>
    endpoint && WORKING.includes(name) ? begin(endpoint, sessions, each) : undefined,
});

async function begin({ url }: Endpoint, sessions: number, each: number): Promise<Running> {
  const opened = await Promise.all(Array.from({ length: sessions }, () => McpSession.open(url)));
  return {
    round: () => atOnce('call', opened, each, (session) => session.work(WORK_MS)),
    end: async () => void (await Promise.all(opened.map((session) => session.close()))),
  };
}
