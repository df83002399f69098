/**
 * Checks that this process can decode the payloads of the app's other processes: all nodes, workers and
 * commands of an app need the same data converter.
 */
import type { LoadedDataConverter } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/internal-non-workflow';
import type { temporal } from '@temporalio/proto';

type Payload = temporal.api.common.v1.IPayload;

/** The encodings of the SDK's own converter. */
const KNOWN = /^(json|binary)\/(plain|null|protobuf)$/;

/** @throws Error in one sentence that names the encoding */
export async function assertReadable(
  { payloadCodecs }: LoadedDataConverter,
  payload: Payload | undefined,
): Promise<void> {
  if (!payload) return;
  const [decoded] = await decode(payloadCodecs, [payload]).catch((error: unknown) => {
    throw new Error(
      `The data converter of this process cannot decode what another has written (${String(error)}); give all nodes, workers and commands of the app the same --data-converter.`,
      { cause: error },
    );
  });
  const encoding = Buffer.from(decoded?.metadata?.encoding ?? []).toString();
  if (KNOWN.test(encoding)) return;
  throw new Error(
    `A session's payloads are encoded as "${encoding}", which this process has no data converter for; give it the --data-converter that the app's other nodes and workers have.`,
  );
}
