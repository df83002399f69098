/** A client of Temporal, from an address. */
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { status } from '@grpc/grpc-js';
import { isLoopbackHost } from '../net/loopback';
import { dataConverter } from './dataConverter';
import './wellFormed';

/** A page has up to 64 events (src/log/read.ts) of at most 2 MiB each. */
const MAXIMUM_PAGE_BYTES = 136 * 1024 * 1024;

/**
 * A link that has gone dead without a word is noticed after 17 s at the latest. Temporal closes the connections of clients that ask more often
 * than each 10 s (`frontend.keepAliveMinTime`). (`deadLink.test.ts`)
 */
const KEEP_ALIVE = { 'grpc.keepalive_time_ms': 12_000, 'grpc.keepalive_timeout_ms': 5_000 };

/**
 * As the SDK has it, except that a limit of Temporal's own is waited for twice and not ten times: within the deadlines here ten would all look
 * like a server that does not answer.
 */
const RETRIES = defaultGrpcRetryOptions();
const { retryableDecider } = RETRIES;
RETRIES.retryableDecider = (attempt, error) =>
  retryableDecider(attempt, error) && (error.code !== status.RESOURCE_EXHAUSTED || attempt <= 2);

/**
 * A worker that dies with a workflow task in hand holds up that workflow for this long; and a worker that is new to a session must
 * replay its run within it. Temporal's default: 10 s.
 */
export const WORKFLOW_TASK_TIMEOUT = '5s';

export interface TemporalNamespace {
  /** `host:port` of the frontend. */
  readonly address: string;
  readonly namespace: string;
}

export interface TemporalTarget extends TemporalNamespace {
  readonly taskQueue: string;
}

/** @throws Error in one sentence if nobody answers within `withinMs`, or the namespace does not exist. */
export async function connect({ address, namespace }: TemporalNamespace, withinMs = 10_000): Promise<Client> {
  const client = await clientOf({ address, namespace }, withinMs);
  const { connection, workflowService } = client;
  await connection
    .withDeadline(Date.now() + withinMs, () => workflowService.describeNamespace({ namespace }))
    .catch(async (error: unknown) => {
      // Who may not describe the namespace may use it all the same.
      if (!isGrpcServiceError(error) || error.code !== status.NOT_FOUND) return;
      await connection.close();
      throw new Error(
        `Temporal at ${address} has no namespace "${namespace}"; create it (\`temporal operator namespace create --namespace ${namespace}\`) or give --namespace NAME.`,
        { cause: error },
      );
    });
  return client;
}

async function clientOf({ address, namespace }: TemporalNamespace, withinMs: number): Promise<Client> {
  try {
    // The client's default is gRPC's 4 MiB, and a page of a history that holds large results is larger.
    const channelArgs = {
      'grpc.max_receive_message_length': MAXIMUM_PAGE_BYTES,
      ...KEEP_ALIVE,
      'grpc.enable_http_proxy': isLoopbackHost(address) ? 0 : 1,
    };
    const interceptors = [makeGrpcRetryInterceptor(RETRIES)];
    const connection = await Connection.connect({
      address,
      connectTimeout: withinMs,
      channelArgs,
      interceptors,
    });
    return new Client({ connection, namespace, dataConverter });
  } catch (error) {
    throw new Error(unreachable(address), { cause: error });
  }
}

export function unreachable(address: string): string {
  const named = address === process.env.TEMPORAL_ADDRESS ? ' (TEMPORAL_ADDRESS)' : '';
  const proxy = isLoopbackHost(address) ? undefined : PROXY_VARIABLES.find((name) => process.env[name]);
  if (proxy)
    return `Temporal cannot be reached at ${address}${named} through the proxy that ${proxy} names; add its host to no_proxy to go without, or give --temporal HOST:PORT.`;
  return `Temporal cannot be reached at ${address}${named}; start it (for example with \`durable-mcp temporal --data DIR\`) or give --temporal HOST:PORT.`;
}

/** What gRPC takes a proxy from, in its order. */
const PROXY_VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'];

/** A client, or a worker's own connection. */
interface Asked {
  readonly connection: Pick<Connection, 'withDeadline'>;
  readonly workflowService: Pick<Connection['workflowService'], 'getSystemInfo'>;
}

/** `undefined` if the frontend answers and serves, within `withinMs`. */
export async function whyNotServing(client: Asked, withinMs: number): Promise<string | undefined> {
  try {
    await client.connection.withDeadline(Date.now() + withinMs, () =>
      client.workflowService.getSystemInfo({}),
    );
    return undefined;
  } catch {
    return 'Temporal does not answer';
  }
}
