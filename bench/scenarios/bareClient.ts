/** Rounds of one bare client in one session, with a new id for each request. */
import { BareClient } from 'durable-mcp/testing';
import type { Endpoint, Round } from '../subjects/subject';
import type { Running } from './scenario';

export async function withBareClient(
  { url }: Endpoint,
  round: (client: BareClient, nextId: () => number) => Promise<Round>,
): Promise<Running> {
  const client = await new BareClient(url).open();
  let requests = 0;
  return {
    round: () => round(client, () => requests++),
    end: async () => void (await client.delete()),
  };
}
