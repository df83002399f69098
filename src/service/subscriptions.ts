/**
 * `resources/subscribe` and `resources/unsubscribe`, after the author's server has agreed. Before the client
 * gets its answer, the change is durable in two places: in the session's log, which decides on delivery, and
 * in the resource's workflow, which notifies its subscribers.
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
import { appContextOf } from '../temporal/appContext';
import { subscribe, unsubscribe } from '../temporal/topic';
import type { ServiceContext } from './context';
import { signal, toTemporal } from './toTemporal';

const Subscription = SubscribeRequestSchema.or(UnsubscribeRequestSchema);
type SubscriptionEvent = Extract<StreamEvent, { kind: 'subscription' }>;

export const isSubscription = ({ method }: JSONRPCRequest): boolean =>
  method === 'resources/subscribe' || method === 'resources/unsubscribe';

/**
 * Returns the client's answer: the app's own, or the reason why the session cannot keep the subscription.
 * `undefined` if the client has left.
 */
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
  const change = await record(context, tail, payload, gone);
  if (!change) return undefined;
  if (change.refused) return change.response;
  const app = appContextOf(context.client, context.taskQueue);
  await toTemporal(context, () => (subscribed ? subscribe : unsubscribe)(app, params.uri, tail.session.id));
  return answer;
}

/**
 * Writes the change and resolves when this node has read it in the log, on which this node's further
 * deliveries depend.
 */
async function record(
  context: ServiceContext,
  tail: Tail,
  payload: SubscriptionSignal,
  gone: AbortSignal,
): Promise<SubscriptionEvent | undefined> {
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
