/** Options that select an app, for functions that may run in any process. */

/** Selects an app, for a process that is neither a node nor a worker of the app. */
export interface TemporalOptions {
  /**
   * `host:port`. Default: `TEMPORAL_ADDRESS`, or the address of the profile in `temporal.toml`, or
   * `127.0.0.1:7233`. Credentials come from there too.
   */
  address?: string;
  /** Default: `TEMPORAL_NAMESPACE`, or the namespace of the profile, or `default`. */
  namespace?: string;
  /** The `--task-queue` of the app's nodes and workers. Default: `durable-mcp`. */
  taskQueue?: string;
}

/** Options of everything that sessions share. */
export interface SharedOptions {
  /** Default: inside an app that app, elsewhere the one of the environment. */
  temporal?: TemporalOptions;
}
