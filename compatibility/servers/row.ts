/** One server of the table, as it was compared. */
import type { PublishedServer } from './servers';

export interface Row {
  readonly server: PublishedServer;
  readonly version: string;
  /** Why it could not be compared. */
  readonly failure?: string;
  /** What `durable-mcp` said of it at the start. */
  readonly said?: string;
  readonly asked: number;
  readonly same: number;
  readonly explained: readonly string[];
  readonly unexplained: readonly string[];
}
