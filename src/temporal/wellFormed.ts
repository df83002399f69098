/**
 * Makes every text of every message to Temporal well-formed, in the one place that none can pass by: where protobuf writes it. protobufjs
 * writes half of a surrogate pair as it is, which is no UTF-8; Temporal's core then ends the worker, and each worker after it that tries
 * (`illFormedText.test.ts`). Any client can send such a text, and an error, a name or an id can hold it. JSON escapes it, so payloads keep it.
 */
import { createRequire } from 'node:module';

interface Writer {
  string(value: string): Writer;
}

/** Of the very copy of protobufjs that Temporal's messages are written with: several can be installed. */
const { Writer, BufferWriter } = createRequire(require.resolve('@temporalio/proto'))(
  'protobufjs/minimal',
) as Record<'Writer' | 'BufferWriter', { readonly prototype: Writer }>;

for (const { prototype } of [Writer, BufferWriter]) {
  const { string } = prototype;
  prototype.string = function (value) {
    return string.call(this, value.toWellFormed());
  };
}
