/** Calls of a tool that does nothing, in some sessions at once. */
import { p50, p99, perSecond, type Scenario } from './scenario';

export const calls = (sessions: number, each: number): Scenario => ({
  name: `calls-${sessions}`,
  title: sessions === 1 ? '1 session, one call at a time' : `${sessions} sessions at once`,
  base: 'floor',
  columns: [p50('call'), p99('call'), perSecond('call', 'calls/s')],
  async begin(subject) {
    const opened = await subject.open(sessions);
    return { round: () => opened.calls(each), end: () => opened.close() };
  },
});
