/** The time to a call's first event: the tool sends a message at once, then works. */
import type { BareClient } from 'durable-mcp/testing';
import { arrivals } from '../arrivals';
import type { Round } from '../subjects/subject';
import { withBareClient } from './bareClient';
import { p50, type Scenario } from './scenario';

const CALLS = 5;
/** How long the tool works: longer than the first message needs, so that this message arrives alone. */
const WORKS_MS = 200;

export const firstEvent: Scenario = {
  name: 'first-event',
  title: 'The first event of a call',
  base: 'memory',
  columns: [p50('priming', 'priming event'), p50('message', 'first message')],
  begin: ({ endpoint }) => (endpoint?.streams ? withBareClient(endpoint, callSome) : undefined),
};

async function callSome(client: BareClient, nextId: () => number): Promise<Round> {
  const priming: number[] = [];
  const message: number[] = [];
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) {
    const asked = performance.now();
    const call = client.callMessage(nextId(), 'tell', { messages: 1, thenMs: WORKS_MS });
    const came = [];
    for await (const arrival of arrivals(await client.post(call))) came.push(arrival);
    const first = came.findIndex((arrival) => arrival.message);
    if (came.length - first !== 2) throw new Error(`A call that says 2 things said ${came.length - first}.`);
    if (first > 0) priming.push((came[0]?.at ?? 0) - asked);
    message.push((came[first]?.at ?? 0) - asked);
  }
  return { wallMs: performance.now() - began, samples: { priming, message } };
}
