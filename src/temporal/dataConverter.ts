/** How payloads are written and read, for every client and worker: the product's converter, and the codecs of who runs it around that. */

/** A payload of Temporal's API: bytes, and what they are encoded as. */
export interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

/** Temporal's `PayloadCodec`: encrypts or compresses payloads. `decode` returns payloads that `encode` has not written unchanged. */
export interface PayloadCodec {
  encode(payloads: Payload[]): Promise<Payload[]>;
  decode(payloads: Payload[]): Promise<Payload[]>;
}

/** The parts of Temporal's `DataConverter` that can be chosen. */
export interface DataConverter {
  /** Applied in this order to what is written, in the opposite order to what is read. */
  readonly payloadCodecs?: PayloadCodec[];
  /** Of a module that exports `failureConverter`. Default: messages and stacks of errors go through the codecs too. */
  readonly failureConverterPath?: string;
}

/** For the workflow bundle, and for whoever has no codec. Temporal loads it by its path. */
export const ownConverter = { payloadConverterPath: require.resolve('./payloads') };

const PARTS = ['payloadCodecs', 'failureConverterPath'];

/** As Temporal's SDK takes it. @throws Error in one sentence if it has parts that cannot be chosen */
export function withCodecs(custom: DataConverter | undefined) {
  if (!custom) return ownConverter;
  const unknown = Object.keys(custom).filter((part) => !PARTS.includes(part));
  if (unknown.length > 0)
    throw new Error(
      `The data converter has ${unknown.join(', ')}, which cannot be chosen: durable-mcp's payloads are JSON; give payloadCodecs.`,
    );
  if (!Array.isArray(custom.payloadCodecs) || !custom.payloadCodecs.every(isCodec))
    throw new Error('The data converter has no payloadCodecs with encode and decode; give at least one.');
  return {
    ...ownConverter,
    payloadCodecs: custom.payloadCodecs,
    failureConverterPath: custom.failureConverterPath ?? require.resolve('./failures'),
  };
}

const isCodec = (codec: Partial<PayloadCodec> | null): boolean =>
  typeof codec?.encode === 'function' && typeof codec.decode === 'function';
