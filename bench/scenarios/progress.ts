/** A call that says 100 times how far it is: until its answer is here, after all of the 100 and in their order. */
import { BareClient } from 'durable-mcp/testing';
import { arrivals, assertTold } from '../arrivals';
import type { Endpoint, Round } from '../subjects/subject';
import { p50, type Running, type Scenario } from './scenario';

export const MESSAGES = 100;
const CALLS = 5;

export const progress: Scenario = {
  name: 'progress',
  title: `A call with ${MESSAGES} progress messages`,
  base: 'memory',
  columns: [p50('answer', 'until the answer')],
  begin: ({ endpoint }) => (endpoint?.streams ? begin(endpoint) : undefined),
};

async function begin({ url }: Endpoint): Promise<Running> {
  const client = await new BareClient(url).open();
  let requests = 0;
  return {
    round: () => callSome(client, () => requests++),
    end: async () => void (await client.delete()),
  };
}

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
