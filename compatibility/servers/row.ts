/** The comparison of one server, a row of the table. */
import type { PublishedServer } from './servers';

export interface Row {
  readonly server: PublishedServer;
  readonly version: string;
  /** Why the server could not be compared. */
  readonly failure?: string;
  /** What `durable-mcp` reported about the server at the start. */
  readonly said?: string;
  readonly asked: number;
  readonly same: number;
  readonly explained: readonly string[];
  readonly unexplained: readonly string[];
}
