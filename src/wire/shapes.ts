/**
 * Checks the shapes of messages to workflows. Anybody with access to the namespace can send any signal or
 * update with any payload, from Temporal's UI or command line, and the history keeps it for ever. The
 * workflow and the readers of the log therefore skip the same malformed messages. A message that fits makes
 * no later code throw and no command that Temporal refuses; everything that released versions wrote fits.
 * Part of the workflow bundle.
 */
import { bytesOf, jsonBytes } from './bytes';
import type { CallOutcome, InlineAnswer, Suspended } from './call';
import * as clientStore from './clientStore';
import * as map from './map';
import * as resource from './resource';
import type { SessionInput } from './session';
import * as wire from './signals';
import type { Wake } from './wake';

/** The payloads of signals, by name. */
export interface Signals {
  [wire.REQUEST_SIGNAL]: wire.RequestSignal;
  [wire.CLIENT_MESSAGE_SIGNAL]: wire.ClientMessageSignal;
  [wire.LOG_LEVEL_SIGNAL]: wire.LogLevelSignal;
  [wire.LISTEN_SIGNAL]: wire.ListenSignal;
  [wire.LEAVE_SIGNAL]: wire.ListenSignal;
  [wire.AWAIT_SIGNAL]: wire.AwaitSignal;
  [wire.KEEPALIVE_SIGNAL]: unknown;
  [wire.SUBSCRIPTION_SIGNAL]: wire.SubscriptionSignal;
  [wire.NOTIFY_SIGNAL]: wire.NotifySignal;
  [wire.EMIT_SIGNAL]: wire.EmitSignal;
  [wire.RECORD_SIGNAL]: wire.RecordSignal;
  [wire.RECORDS_SIGNAL]: wire.RecordsSignal;
  [wire.END_SIGNAL]: unknown;
  [resource.SUBSCRIBE_SIGNAL]: resource.SubscriberSignal;
  [resource.UNSUBSCRIBE_SIGNAL]: resource.SubscriberSignal;
  [resource.UPDATED_SIGNAL]: resource.UpdatedSignal;
}

/** The payloads of updates, by name. */
export interface Updates {
  [wire.SHORT_REQUEST_UPDATE]: wire.RequestSignal;
  [wire.OPEN_ATTEMPT_UPDATE]: wire.OpenAttempt;
  [wire.CLAIM_UPDATE]: wire.Claim;
  [wire.SET_STATE_UPDATE]: wire.SetState;
  [wire.ASK_UPDATE]: wire.Ask;
  [map.INSERT_UPDATE]: map.Insert;
  [map.REMOVE_UPDATE]: map.Remove;
  [clientStore.STORE_UPDATE]: clientStore.StoreEntry;
  [clientStore.DELETE_UPDATE]: clientStore.DeleteEntry;
}

type Shape = (value: unknown) => boolean;

const anything: Shape = () => true;
const text: Shape = (value) => typeof value === 'string';
const flag: Shape = (value) => typeof value === 'boolean';
const number: Shape = (value) => typeof value === 'number';
const record = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item);
const maybe =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value);
const oneOf =
  (...values: unknown[]): Shape =>
  (value) =>
    values.includes(value);
const all =
  (...shapes: Shape[]): Shape =>
  (value) =>
    shapes.every((shape) => shape(value));
/** An absent field is `undefined`. */
const fields = (shapes: Readonly<Record<string, Shape>>): Shape => {
  const entries = Object.entries(shapes);
  return (value) =>
    record(value) &&
    entries.every(([key, shape]) => shape(Object.hasOwn(value, key) ? value[key] : undefined));
};

/** Limit for ids that Temporal accepts, with their prefixes: of a workflow, an activity, a task queue. */
const MAXIMUM_NAME_BYTES = 900;
const name: Shape = (value) =>
  typeof value === 'string' && value !== '' && bytesOf(value) <= MAXIMUM_NAME_BYTES;
/** Temporal reserves names with this prefix. */
const queue: Shape = (value) => name(value) && !(value as string).startsWith('/_sys/');

const id: Shape = (value) =>
  Number.isFinite(value) || (typeof value === 'string' && jsonBytes(value) <= MAXIMUM_NAME_BYTES);
/** The longest duration that authors can give, a hundred years (duration.ts), with the allowances on top. */
const MAXIMUM_MS = 101 * 366 * 24 * 60 * 60 * 1_000;
const ms: Shape = (value) => typeof value === 'number' && value >= 0 && value <= MAXIMUM_MS;
const count: Shape = (value) => Number.isInteger(value) && (value as number) >= 1;

const request = fields({ id, method: text });
const notification = all(fields({ method: text }), (value) => record(value) && !Object.hasOwn(value, 'id'));
const response: Shape = (value) =>
  fields({ id: maybe(id) })(value) &&
  record(value) &&
  !Object.hasOwn(value, 'method') &&
  (record(value.result) || fields({ code: number, message: text })(value.error));

const policy = fields({
  delivery: oneOf('at-least-once', 'at-most-once'),
  maximumAttempts: count,
  initialIntervalMs: ms,
  timeoutMs: ms,
  heartbeatTimeoutMs: maybe(ms),
  maximumCrashes: maybe(count),
  isOfUnknown: maybe(flag),
  inlineFirst: maybe(flag),
  short: maybe(flag),
  hashedKeys: maybe(flag),
});

const call = { call: text, attempt: number };
const step = { step: text, within: maybe(text) };
const mark: Shape = (value) => Array.isArray(value) && text(value[0]) && number(value[1]);
const say = fields({
  to: oneOf('call', 'session'),
  message: (value) => request(value) || notification(value) || response(value),
  mark,
  step: maybe(text),
  within: maybe(text),
  timeoutMs: maybe(ms),
});
const disconnect = fields({ to: oneOf('connection'), mark });

const stepError = fields({ name: text, message: text });
const outcome: Shape = (value) => record(value) && (!Object.hasOwn(value, 'error') || stepError(value.error));
/** A sleep without `sleepMs` (before 0.3) has its end as its value, by which the workflow sets a timer. */
const sleeps: Shape = (value) =>
  record(value) &&
  (value.kind !== 'sleep' ||
    value.sleepMs !== undefined ||
    maybe(number)((value.outcome as { value?: unknown }).value));

const suspended = fields({
  suspended: fields({
    steps: list(text),
    sleeps: maybe(list(text)),
    wakeAt: maybe((value) => value === null || number(value)),
  }),
  leg: fields({ attempts: number, timeLeftMs: maybe(number), said: maybe(record) }),
});

const recorded = all(
  fields({
    ...call,
    ...step,
    kind: oneOf('atLeastOnce', 'atMostOnce', 'ask', 'sleep', 'state'),
    outcome,
    sleepMs: maybe(ms),
    forget: maybe(flag),
  }),
  sleeps,
);

const sessionInput = fields({
  session: fields({
    id: text,
    principal: text,
    protocolVersion: text,
    client: fields({ name: text, version: text }),
    capabilities: record,
    state: maybe(record),
  }),
  initializeResult: fields({ capabilities: record }),
  idleTtlMs: number,
  carried: maybe(
    fields({ seen: record, waiting: list(fields({ message: request })), suspended: list(suspended) }),
  ),
});

const auth = fields({
  principal: fields({ issuer: maybe(text), subject: text, clientId: maybe(text), scopes: list(text) }),
  expiresAt: maybe(number),
  claims: record,
});

const asked = fields({
  message: request,
  policy,
  postId: text,
  digest: text,
  wakeAt: maybe(queue),
  sentAt: maybe(number),
  auth: maybe(auth),
});
const subscriber = fields({ sessionId: name });
const level = oneOf('debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency');
const listener = fields({
  stream: (value) => typeof value === 'string' && value.startsWith('session'),
  getId: text,
  wakeAt: maybe(queue),
});
const expected = maybe(record);

const SIGNALS: Readonly<Record<keyof Signals, Shape>> = {
  [wire.REQUEST_SIGNAL]: asked,
  [wire.CLIENT_MESSAGE_SIGNAL]: fields({ message: (value) => notification(value) || response(value) }),
  [wire.LOG_LEVEL_SIGNAL]: fields({ level, request: maybe(request), response: maybe(response) }),
  [wire.LISTEN_SIGNAL]: listener,
  [wire.LEAVE_SIGNAL]: listener,
  [wire.AWAIT_SIGNAL]: fields({ call: text, wakeAt: queue }),
  [wire.KEEPALIVE_SIGNAL]: anything,
  [wire.SUBSCRIPTION_SIGNAL]: fields({ uri: text, subscribed: flag, request, response, postId: text }),
  [wire.NOTIFY_SIGNAL]: fields({ id: text, message: notification }),
  [wire.EMIT_SIGNAL]: fields({ ...call, emits: list((value) => say(value) || disconnect(value)) }),
  [wire.RECORD_SIGNAL]: recorded,
  [wire.RECORDS_SIGNAL]: fields({ records: list(recorded) }),
  // An operator who ends a session by hand gives no reason.
  [wire.END_SIGNAL]: anything,
  [resource.SUBSCRIBE_SIGNAL]: subscriber,
  [resource.UNSUBSCRIBE_SIGNAL]: subscriber,
  [resource.UPDATED_SIGNAL]: fields({ id: text }),
};

const UPDATES: Readonly<Record<keyof Updates, Shape>> = {
  [wire.SHORT_REQUEST_UPDATE]: asked,
  [wire.OPEN_ATTEMPT_UPDATE]: fields({ ...call, endedWell: maybe(number) }),
  [wire.CLAIM_UPDATE]: fields({ ...call, ...step }),
  [wire.SET_STATE_UPDATE]: fields({ ...call, ...step, key: text, expected }),
  [wire.ASK_UPDATE]: fields({
    query: oneOf(wire.STATE_QUERY, wire.JOURNAL_QUERY, wire.ROOM_QUERY, wire.INTERRUPTION_QUERY),
    call: maybe(text),
  }),
  [map.INSERT_UPDATE]: fields({ key: text, expected }),
  [map.REMOVE_UPDATE]: fields({ key: text, expected }),
  [clientStore.STORE_UPDATE]: fields({
    name: text,
    value: text,
    version: text,
    ifVersion: maybe(text),
    ttlMs: ms,
  }),
  [clientStore.DELETE_UPDATE]: fields({ name: text, version: text }),
};

/** Whether the payload has the signal's shape. */
export const fitsSignal = <Name extends keyof Signals>(
  signal: Name,
  payload: unknown,
): payload is Signals[Name] => SIGNALS[signal](payload);

/** Whether the payload has the update's shape. */
export const fitsUpdate = <Name extends keyof Updates>(
  update: Name,
  payload: unknown,
): payload is Updates[Name] => UPDATES[update](payload);

/** Whether a call's execution has ended by suspension, so that another one follows. */
export const isSuspended = (outcome: unknown): outcome is Suspended => suspended(outcome);

/** Operators can complete activities by hand, too. */
export const isOutcome = (value: unknown): value is CallOutcome => suspended(value) || response(value);

export const isInlineAnswer = (value: unknown): value is InlineAnswer =>
  fields({ said: list(fields({ to: oneOf('call', 'session'), message: notification })), response })(value);

export const isSessionInput = (value: unknown): value is SessionInput => sessionInput(value);

export const isWake = (value: unknown): value is Wake =>
  fields({ sessionId: text, run: text, event: number })(value);
