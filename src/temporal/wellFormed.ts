/**
 * Makes every string in messages to Temporal well-formed, in the one place that all of them pass: the protobuf
 * writer. protobufjs writes a lone surrogate as it is, which is invalid UTF-8; Temporal's core then ends the
 * worker, and each further worker that retries (`illFormedText.test.ts`). Any client can send such a string,
 * and an error, a name or an id can contain it. JSON escapes lone surrogates, so payloads keep them.
 */
import { createRequire } from 'node:module';

interface Writer {
  string(value: string): Writer;
}

/** The writers of the copy of protobufjs that writes Temporal's messages: several copies can be installed. */
const { Writer, BufferWriter } = createRequire(require.resolve('@temporalio/proto'))(
  'protobufjs/minimal',
) as Record<'Writer' | 'BufferWriter', { readonly prototype: Writer }>;

for (const { prototype } of [Writer, BufferWriter]) {
  const { string } = prototype;
  prototype.string = function (value) {
    return string.call(this, value.toWellFormed());
  };
}
