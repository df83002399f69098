/**
 * The differences between the supported MCP revisions, as data. A client that asks for an unsupported
 * revision is offered the newest (specification 2025-11-25, lifecycle, "Version Negotiation").
 * `olderRevisions.test.ts` tests each.
 */
interface Revision {
  /**
   * Clients understand an SSE event with an id and no data, and resume a stream that the server closes before
   * its end (specification 2025-11-25, transports, "Sending Messages to the Server").
   */
  readonly polls: boolean;
}

/** Newest first. */
const REVISIONS = new Map<string, Revision>([
  ['2025-11-25', { polls: true }],
  ['2025-06-18', { polls: false }],
  ['2025-03-26', { polls: false }],
  ['2024-11-05', { polls: false }],
  ['2024-10-07', { polls: false }],
]);

export const PROTOCOL_VERSIONS: readonly string[] = [...REVISIONS.keys()];

/** The revision of a session whose client asks for `asked`. */
export const negotiated = (asked: string): string =>
  REVISIONS.has(asked) ? asked : (PROTOCOL_VERSIONS[0] ?? asked);

/** Sessions of a later version of this product may have a later revision. */
export const canPoll = (protocolVersion: string): boolean => REVISIONS.get(protocolVersion)?.polls ?? true;
