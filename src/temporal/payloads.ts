/**
 * How payloads are read: what cannot be read is `undefined`. Anybody who may use the namespace can send a signal in an encoding that nobody
 * knows; the SDK's own converter throws, and then fails the session's workflow tasks for ever. (`malformedSignals.test.ts`) Part of the
 * workflow bundle.
 */
import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload<T>(...[payload, context, hint]: Parameters<typeof defaultPayloadConverter.fromPayload<T>>): T {
    try {
      return defaultPayloadConverter.fromPayload(payload, context, hint);
    } catch {
      return undefined as T;
    }
  },
};
