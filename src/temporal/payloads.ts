/**
 * Reads payloads; an unreadable payload becomes `undefined`. Anyone with access to the namespace can send a
 * signal in an unknown encoding. The SDK's own converter throws, which fails the session's workflow tasks for
 * ever. (`malformedSignals.test.ts`) Part of the workflow bundle.
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
