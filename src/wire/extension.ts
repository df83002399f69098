/**
 * What the product and its client say to each other in `initialize`, under `capabilities.experimental`
 * (specification 2025-11-25, lifecycle, "Capability Negotiation"). Others do not know the name and skip it.
 */
import type { ClientCapabilities } from './messages';

export const EXTENSION = 'durable-mcp';

/**
 * The session's last requests of which a repetition, with the same id and content, joins the call or gets its
 * answer.
 */
export const JOINS = 1_000;

export interface ServerExtension {
  readonly joins: number;
}

export interface ClientExtension {
  /**
   * The client's ids never come again, also after its restart: an old id then always is a repetition, never a
   * new request of a client that counts from 0 again.
   */
  readonly uniqueIds: true;
}

export const hasUniqueIds = ({ experimental }: ClientCapabilities): boolean =>
  (experimental?.[EXTENSION] as Partial<ClientExtension> | undefined)?.uniqueIds === true;
