/** Calls of a tool that works for a while: those that begin inline beside those that are activities at once. */
import { atOnce } from '../subjects/subject';
import { inSessions } from './mcpSessions';
import { p50, p99, perSecond, type Scenario } from './scenario';

const WORK_MS = 200;
const WORKING = ['product', 'product-once'];

export const work = (sessions: number, each: number): Scenario => ({
  name: `work-${sessions}`,
  title: `Calls of ${WORK_MS} ms, ${sessions === 1 ? '1 session' : `${sessions} sessions at once`}`,
  base: 'product-once',
  columns: [p50('call'), p99('call'), perSecond('call', 'calls/s')],
  begin: ({ name, endpoint }) =>
    endpoint && WORKING.includes(name)
      ? inSessions(endpoint, sessions, (opened) =>
          atOnce('call', opened, each, (session) => session.work(WORK_MS)),
        )
      : undefined,
});
