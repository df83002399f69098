/** Connects a client to Temporal. */
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isGrpcServiceError,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { status, type Interceptor } from '@grpc/grpc-js';
import { isLoopbackHost } from '../net/loopback';
import { withCodecs } from './dataConverter';
import type { TemporalNamespace } from './target';
import { whyUnreachable } from './whyUnreachable';
import './wellFormed';

/** A page has up to 64 events (src/log/read.ts) of at most 2 MiB each. */
const MAXIMUM_PAGE_BYTES = 136 * 1024 * 1024;

/**
 * Detects a link that has gone dead silently within 17 s. Temporal closes connections that ping more often
 * than every 10 s (`frontend.keepAliveMinTime`). (`deadLink.test.ts`)
 */
const KEEP_ALIVE = { 'grpc.keepalive_time_ms': 12_000, 'grpc.keepalive_timeout_ms': 5_000 };

/**
 * The SDK's retries, but only `inShortage` of them instead of ten where Temporal has reached a limit
 * (RESOURCE_EXHAUSTED). Within the deadlines here, ten would look like a server that does not answer.
 */
function retries(inShortage: number): Interceptor {
  const options = defaultGrpcRetryOptions();
  return makeGrpcRetryInterceptor({
    ...options,
    retryableDecider: (attempt, error) =>
      options.retryableDecider(attempt, error) &&
      (error.code !== status.RESOURCE_EXHAUSTED || attempt <= inShortage),
  });
}

const retry = retries(2);
/**
 * A request whose update is refused goes as a signal (src/service/sendRequest.ts), whose retries need the
 * time. (`shortage.test.ts`)
 */
const retryUpdate = retries(0);
const retryByMethod: Interceptor = (options, nextCall) =>
  options.method_definition.path.endsWith('/UpdateWorkflowExecution')
    ? retryUpdate(options, nextCall)
    : retry(options, nextCall);

/**
 * A worker that dies during a workflow task blocks that workflow for this long. A worker that is new to a
 * session must replay the run within this time. Temporal's default is 10 s.
 */
export const WORKFLOW_TASK_TIMEOUT = '5s';

/**
 * Options that the connections of clients and workers share. A new object each time, since the SDK modifies
 * it.
 */
export const connectionOptions = ({ address, tls, apiKey, metadata }: TemporalNamespace) => ({
  address,
  tls,
  apiKey,
  metadata: { ...metadata },
});

/** @throws Error in one sentence if Temporal does not answer within `withinMs` or has no such namespace */
export async function connect(target: TemporalNamespace, withinMs = 10_000): Promise<Client> {
  const { address, namespace } = target;
  const client = await clientOf(target, withinMs);
  const { connection, workflowService } = client;
  await connection
    .withDeadline(Date.now() + withinMs, () => workflowService.describeNamespace({ namespace }))
    .catch(async (error: unknown) => {
      // Credentials that may not describe the namespace can still use it.
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
  // gRPC's default of 4 MiB is too small for a history page with large results.
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
      interceptors: [retryByMethod],
    });
    return new Client({ connection, namespace: target.namespace, dataConverter });
  } catch (error) {
    throw new Error(await whyUnreachable(target, error), { cause: error });
  }
}

/** The parts that a client and a worker's connection have in common. */
interface Asked {
  readonly connection: Pick<Connection, 'withDeadline'>;
  readonly workflowService: Pick<Connection['workflowService'], 'getSystemInfo'>;
}

/** Why the frontend does not serve; `undefined` if it answers within `withinMs`. */
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
