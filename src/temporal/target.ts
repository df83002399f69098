/** A Temporal namespace, and how to connect to it. */
import type { DataConverter } from './dataConverter';

/** The namespace, its server and credentials, and the encoding of its payloads. */
export interface TemporalNamespace {
  /** `host:port` of the frontend. */
  readonly address: string;
  readonly namespace: string;
  /** Default: no TLS. */
  readonly tls?: TlsOptions | boolean;
  /** Sent as `authorization: Bearer`. */
  readonly apiKey?: string;
  /** Headers of every request. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly dataConverter?: DataConverter;
}

/** Certificates and the key are in PEM. */
export interface TlsOptions {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Uint8Array;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
}

export interface TemporalTarget extends TemporalNamespace {
  readonly taskQueue: string;
}
