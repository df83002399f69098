/**
 * Opening a session until it is usable: `initialize` and `notifications/initialized`; for the floor, starting a
 * workflow.
 */
import type { Round, Subject } from '../subjects/subject';
import { p50, type Scenario } from './scenario';

const SESSIONS = 10;

export const opening: Scenario = {
  name: 'opening',
  title: 'Opening a session',
  base: 'floor',
  columns: [p50('open')],
  begin: (subject) => Promise.resolve({ round: () => openSome(subject), end: () => Promise.resolve() }),
};

async function openSome(subject: Subject): Promise<Round> {
  const open: number[] = [];
  const began = performance.now();
  for (let i = 0; i < SESSIONS; i++) {
    const asked = performance.now();
    const session = await subject.open(1);
    open.push(performance.now() - asked);
    await session.close();
  }
  return { wallMs: performance.now() - began, samples: { open } };
}
