/**
 * `resources/subscribe` and `unsubscribe`, once the author's server has agreed: durable before the client is answered, in the
 * session's log, which decides what is delivered, and with the resource, which tells its subscribers.
 */
import { randomUUID } from 'node:crypto';
import type { StreamEvent } from '../log/streamEvent';
import type { Tail } from '../log/tail';
import { SESSION_STREAM } from '../wire/eventId';
import { sessionNotFound } from '../mcp/refusal';
import {
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from '../mcp/protocol';
import { SUBSCRIPTION_SIGNAL, type SubscriptionSignal } from '../wire/signals';
import { subscribe, unsubscribe } from '../temporal/topic';
import type { ServiceContext } from './context';
import { signal, toTemporal } from './toTemporal';

const Subscription = SubscribeRequestSchema.or(UnsubscribeRequestSchema);
type Taken = Extract<StreamEvent, { kind: 'subscription' }>;

export const isSubscription = ({ method }: JSONRPCRequest): boolean =>
  method === 'resources/subscribe' || method === 'resources/unsubscribe';

/** What the client is answered: the app's own answer, or why the session cannot keep the subscription. Nothing if it has left. */
export async function keepSubscription(
  context: ServiceContext,
  tail: Tail,
  message: JSONRPCRequest,
  answer: JSONRPCResponse,
  gone: AbortSignal,
): Promise<JSONRPCResponse | undefined> {
  if ('error' in answer) return answer;
  const { method, params } = Subscription.parse(message);
  const subscribed = method === 'resources/subscribe';
  const payload = { uri: params.uri, subscribed, request: message, response: answer, postId: randomUUID() };
  const taken = await record(context, tail, payload, gone);
  if (!taken) return undefined;
  if (taken.refused) return taken.response;
  const app = { client: context.client.workflow, taskQueue: context.taskQueue };
  await toTemporal(context, () => (subscribed ? subscribe : unsubscribe)(app, params.uri, tail.session.id));
  return answer;
}

/** Resolves when this node has read it in the log: what the node delivers from now on goes by it. */
async function record(
  context: ServiceContext,
  tail: Tail,
  payload: SubscriptionSignal,
  gone: AbortSignal,
): Promise<Taken | undefined> {
  const live = tail.subscribe(SESSION_STREAM, { gone, cut: () => undefined });
  try {
    await signal<SubscriptionSignal>(context, tail, SUBSCRIPTION_SIGNAL, payload);
    for await (const event of live) {
      if (event.kind === 'ended') throw sessionNotFound();
      if (event.kind === 'subscription' && event.postId === payload.postId) return event;
    }
    return undefined;
  } finally {
    live.close();
  }
}
