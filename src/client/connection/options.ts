/** What a caller can set of a connection, beside its transport. */
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  CreateMessageRequest,
  CreateMessageResult,
  ElicitRequest,
  ElicitResult,
  LoggingMessageNotification,
  Progress,
  Root,
} from '@modelcontextprotocol/sdk/types.js';
import type { Duration } from '../../shared/duration';
import type { Implementation } from '../../wire/messages';
import type { ConnectionState } from '../core/channel';
import type { ClientSettings } from '../core/settings';
import type { DurableHttpOptions, TokenSource } from '../http/options';
import type { DurableStdioOptions } from '../stdio/durableStdioTransport';
import type { StdioTarget } from '../stdio/target';

export type HttpTarget = { url: string | URL } & Pick<
  DurableHttpOptions,
  'headers' | 'fetch' | 'pool' | 'tls'
> & {
    /** Bearer tokens, or a provider of the official SDK, which gets and refreshes them by OAuth. */
    auth?: TokenSource | OAuthClientProvider;
  };

/** A URL, or what is there to say of it; or a command to run. */
export type Target = string | URL | HttpTarget | StdioTarget;

export type ListName = 'tools' | 'prompts' | 'resources';

/** What the caller does for the server, and hears of it. The client's capabilities follow from what is here. */
export interface Handlers {
  /** Asks the user. The answer is given once, also by the process after this one. */
  elicit?: (params: ElicitRequest['params']) => Promise<ElicitResult>;
  /** Asks the caller's model. */
  sample?: (params: CreateMessageRequest['params']) => Promise<CreateMessageResult>;
  /** The folders that the server may work in. */
  roots?: () => Promise<Root[]> | Root[];
  log?: (message: LoggingMessageNotification['params']) => void;
  /** Of all calls; `callId` as in `OutcomeUnknown`. */
  progress?: (progress: Progress, callId: string) => void;
  resourceUpdated?: (uri: string) => void;
  listChanged?: (list: ListName) => void;
  state?: (state: ConnectionState, error?: Error) => void;
}

export interface ConnectOptions extends ClientSettings, Pick<DurableStdioOptions, 'restart'> {
  /** How this client names itself. Default: durable-mcp, with its version. */
  clientInfo?: Implementation;
  on?: Handlers;
  /** Whether lists are kept until the server says that they changed. Default: `cache`. */
  lists?: 'cache' | 'fetch';
  /** How often the server is asked whether it is there. Default: 30 s. */
  ping?: Duration | false;
}

export interface CallOptions {
  /**
   * The caller's name of this call. The same key joins the call while it runs, also in a later process, and then
   * returns its kept answer.
   */
  key?: string;
  /** Default: `timeout.call` of the connection. */
  timeout?: Duration | 'none';
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** The call may run twice, whatever the server says of its tool. */
  idempotent?: boolean;
}
