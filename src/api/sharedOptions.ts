/** Which app is meant by what sessions share, for code that may run in any process. */

/** Which app is meant, for a process that is no node or worker of it. */
export interface TemporalOptions {
  /** `host:port`. Default: `TEMPORAL_ADDRESS`, or the profile's in `temporal.toml`, or `127.0.0.1:7233`. Credentials come from there too. */
  address?: string;
  /** Default: `TEMPORAL_NAMESPACE`, or the profile's, or `default`. */
  namespace?: string;
  /** What the app's nodes and workers were given with `--task-queue`. Default: `durable-mcp`. */
  taskQueue?: string;
}

/** Options of what is shared by sessions. */
export interface SharedOptions {
  /** Default: inside of an app its own, elsewhere from the environment. */
  temporal?: TemporalOptions;
}
