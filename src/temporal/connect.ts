/** A client of Temporal, from an address and credentials. */
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { status } from '@grpc/grpc-js';
import { isLoopbackHost } from '../net/loopback';
import { withCodecs } from './dataConverter';
import type { TemporalNamespace } from './target';
import { whyUnreachable } from './whyUnreachable';
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

/** What a client's connection and a worker's share. A new object each time: the SDK writes into it. */
export const connectionOptions = ({ address, tls, apiKey, metadata }: TemporalNamespace) => ({
  address,
  tls,
  apiKey,
  metadata: { ...metadata },
});

/** @throws Error in one sentence if nobody answers within `withinMs`, or the namespace does not exist. */
export async function connect(target: TemporalNamespace, withinMs = 10_000): Promise<Client> {
  const { address, namespace } = target;
  const client = await clientOf(target, withinMs);
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

async function clientOf(target: TemporalNamespace, withinMs: number): Promise<Client> {
  const dataConverter = withCodecs(target.dataConverter);
  // The client's default is gRPC's 4 MiB, and a page of a history that holds large results is larger.
  const channelArgs = {
    'grpc.max_receive_message_length': MAXIMUM_PAGE_BYTES,
    ...KEEP_ALIVE,
    'grpc.enable_http_proxy': isLoopbackHost(target.address) ? 0 : 1,
  };
  try {
    const connection = await Connection.connect({
      ...connectionOptions(target),
      connectTimeout: withinMs,
      channelArgs,
      interceptors: [makeGrpcRetryInterceptor(RETRIES)],
    });
    return new Client({ connection, namespace: target.namespace, dataConverter });
  } catch (error) {
    throw new Error(await whyUnreachable(target, error), { cause: error });
  }
}

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
