/**
 * Encodes and decodes payloads for every client and worker: with the product's own payload converter, and
 * then with the codecs of the operator.
 */

/** A payload of Temporal's API: bytes, and what they are encoded as. */
export interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

/**
 * Temporal's `PayloadCodec`: encrypts or compresses payloads. `decode` must return a payload as it is if
 * `encode` did not write it.
 */
export interface PayloadCodec {
  encode(payloads: Payload[]): Promise<Payload[]>;
  decode(payloads: Payload[]): Promise<Payload[]>;
}

/** The parts of Temporal's `DataConverter` that an operator can choose. */
export interface DataConverter {
  /** Applied in this order when payloads are written, and in reverse order when they are read. */
  readonly payloadCodecs?: PayloadCodec[];
  /**
   * The path of a module that exports `failureConverter`. Default: a converter that passes the messages and
   * stacks of errors through the codecs.
   */
  readonly failureConverterPath?: string;
}

/**
 * The converter of the workflow bundle, and of clients and workers without codecs. Temporal loads it by its
 * path.
 */
export const ownConverter = { payloadConverterPath: require.resolve('./payloads') };

const PARTS = ['payloadCodecs', 'failureConverterPath'];

/**
 * The data converter in the form that Temporal's SDK takes.
 * @throws Error in one sentence if parts cannot be chosen or codecs are missing
 */
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
