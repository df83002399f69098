/** What a worker knows of the servers that its workflows name: where they are, and the credentials. */
import type { DurableHttpOptions } from '../http/options';

/** A server over Streamable HTTP. */
export interface McpTarget extends Pick<
  DurableHttpOptions,
  'headers' | 'auth' | 'fetch' | 'pool' | 'tls' | 'joins' | 'onWarning'
> {
  url: string | URL;
}

/** A target, or a function from `arg` of `workflowMcp` to one. */
export type McpServerSource = McpTarget | ((arg: never) => McpTarget | Promise<McpTarget>);

export interface McpServersOptions {
  /** By the names that workflows use. */
  servers: Record<string, McpServerSource>;
}

export const targetOf = async (source: McpServerSource, arg: unknown): Promise<McpTarget> =>
  typeof source === 'function' ? source(arg as never) : source;
