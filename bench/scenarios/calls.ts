/** Calls of a trivial tool, in several sessions at once. */
import type { Subject } from '../subjects/subject';
import { longEnough } from './longEnough';
import { p50, p99, perSecond, type Running, type Scenario } from './scenario';

export const calls = (sessions: number, each: number): Scenario => ({
  name: `calls-${sessions}`,
  title: sessions === 1 ? '1 session, one call at a time' : `${sessions} sessions at once`,
  base: 'floor',
  columns: [p50('call'), p99('call'), perSecond('call', 'calls/s')],
  begin: (subject) =>
    sessions > (subject.mostSessions ?? Infinity) ? undefined : begin(subject, sessions, each),
});

async function begin(subject: Subject, sessions: number, each: number): Promise<Running> {
  const opened = await subject.open(sessions);
  return { round: () => longEnough(() => opened.calls(each)), end: () => opened.close() };
}
