/** A client of Temporal, from an address. */
import { Client, Connection } from '@temporalio/client';

export interface TemporalTarget {
  /** `host:port` of the frontend. */
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

/** @throws Error in one sentence if nobody answers within `withinMs`. */
export async function connect({ address, namespace }: TemporalTarget, withinMs = 10_000): Promise<Client> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: withinMs });
    return new Client({ connection, namespace });
  } catch (error) {
    throw new Error(unreachable(address), { cause: error });
  }
}

export const unreachable = (address: string): string =>
  `Temporal cannot be reached at ${address}; start it (for example with \`durable-mcp temporal --data DIR\`) or give --temporal HOST:PORT.`;

/** Whether the frontend answers and serves, within `withinMs`. */
export async function isServing(client: Client, withinMs: number): Promise<boolean> {
  try {
    await client.connection.withDeadline(Date.now() + withinMs, () =>
      client.workflowService.getSystemInfo({}),
    );
    return true;
  } catch {
    return false;
  }
}
