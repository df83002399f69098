/**
 * Resuming a stream of 1,000 messages after its first message: the time until the last message, with all
 * others before it and in order.
 */
import { BareClient } from 'durable-mcp/testing';
import { arrivals, assertTold } from '../arrivals';
import type { Endpoint, Round } from '../subjects/subject';
import { p50, type Running, type Scenario } from './scenario';

/** The number of progress messages; the answer follows. */
const TOLD = 999;
const RESUMES = 3;

export const resuming: Scenario = {
  name: 'resuming',
  title: 'Resuming a stream after its first of 1,000 messages',
  base: 'redis',
  columns: [p50('resume', 'until the last')],
  begin: ({ endpoint }) => (endpoint?.resumes ? begin(endpoint) : undefined),
};

async function begin(endpoint: Endpoint): Promise<Running> {
  const client = await new BareClient(endpoint.url).open();
  const call = client.callMessage(1, 'tell', { messages: TOLD, thenMs: 0 });
  let first: string | undefined;
  for await (const { id, message } of arrivals(await client.post(call))) first ??= message && id;
  if (first === undefined) throw new Error('The stream to be resumed has no event with an id.');
  return {
    round: () => resumeSome(client, first),
    end: async () => void (await client.delete()),
  };
}

async function resumeSome(client: BareClient, lastEventId: string): Promise<Round> {
  const resume: number[] = [];
  const began = performance.now();
  for (let i = 0; i < RESUMES; i++) {
    const asked = performance.now();
    const messages = [];
    for await (const { at, message } of arrivals(await getAfter(client, lastEventId))) {
      if (message) messages.push(message);
      if (messages.length < TOLD) continue;
      resume.push(at - asked);
      break; // the SDK's server keeps the connection open after the response
    }
    assertTold(messages, 2, TOLD);
  }
  return { wallMs: performance.now() - began, samples: { resume } };
}

function getAfter({ url, sessionId, protocolVersion }: BareClient, lastEventId: string): Promise<Response> {
  const headers = {
    accept: 'text/event-stream',
    'mcp-session-id': sessionId,
    'mcp-protocol-version': protocolVersion,
    'last-event-id': lastEventId,
  };
  return fetch(url, { headers });
}
