/**
 * The time until the response of a call with 100 progress notifications, which must arrive before it and in
 * order.
 */
import type { BareClient } from 'durable-mcp/testing';
import { arrivals, assertTold } from '../arrivals';
import type { Round } from '../subjects/subject';
import { withBareClient } from './bareClient';
import { p50, type Scenario } from './scenario';

export const MESSAGES = 100;
const CALLS = 5;

export const progress: Scenario = {
  name: 'progress',
  title: `A call with ${MESSAGES} progress messages`,
  base: 'memory',
  columns: [p50('answer', 'until the answer')],
  begin: ({ endpoint }) => (endpoint?.streams ? withBareClient(endpoint, callSome) : undefined),
};

async function callSome(client: BareClient, nextId: () => number): Promise<Round> {
  const answer: number[] = [];
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) {
    const asked = performance.now();
    const call = client.callMessage(nextId(), 'tell', { messages: MESSAGES, thenMs: 0 });
    const messages = [];
    for await (const { message } of arrivals(await client.post(call))) if (message) messages.push(message);
    answer.push(performance.now() - asked);
    assertTold(messages, 1, MESSAGES);
  }
  return { wallMs: performance.now() - began, samples: { answer } };
}
