/** Calls of tools: their limits of time, their cancellation, and their errors. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { CallToolResultSchema, type CallToolResult, type Progress } from '@modelcontextprotocol/sdk/types.js';
import { LONGEST_TIMER_MS } from '../../shared/duration';
import type { DurableTransport } from '../core/durableTransport';
import { ID, IDEMPOTENT, KEY } from '../core/rewriting';
import { timer, type Settings } from '../core/settings';
import { Cancelled, RequestTimeout } from '../errors';
import type { CallOptions, Handlers } from './options';

export interface StartedCall {
  /** On the wire, and in the server's logs. */
  readonly id: string;
  readonly result: Promise<CallToolResult>;
  /** The server is told; the result rejects with `Cancelled`. */
  cancel(reason?: string): void;
}

export class ToolCalls {
  constructor(
    private readonly client: Client,
    private readonly transport: DurableTransport,
    private readonly settings: Settings,
    private readonly progress: Handlers['progress'],
  ) {}

  start(name: string, args: Record<string, unknown>, options: CallOptions): StartedCall {
    const id = this.transport.nextId();
    const abort = new AbortController();
    const cancel = (reason?: string) => {
      abort.abort(cancelledBy(name, reason));
    };
    const { signal } = options;
    const forward = () => {
      cancel(signal?.reason === undefined ? undefined : String(signal.reason));
    };
    if (signal?.aborted) forward();
    signal?.addEventListener('abort', forward, { once: true });
    const result = this.run(id, name, args, options, abort).finally(() => {
      signal?.removeEventListener('abort', forward);
    });
    return { id, result, cancel };
  }

  private async run(
    id: string,
    name: string,
    args: Record<string, unknown>,
    { key, timeout, onProgress, idempotent }: CallOptions,
    abort: AbortController,
  ): Promise<CallToolResult> {
    const { signal } = abort;
    signal.throwIfAborted();
    const limitMs =
      timeout === undefined
        ? this.settings.callMs
        : timeout === 'none'
          ? undefined
          : timer('timeout', timeout);
    const limit = new Limit(limitMs, () => {
      abort.abort(timedOut(name, limitMs ?? 0));
    });
    const wantsProgress =
      onProgress ?? this.progress ?? (limitMs !== undefined && this.settings.resetOnProgress);
    const onprogress = (progress: Progress) => {
      if (this.settings.resetOnProgress) limit.restart();
      onProgress?.(progress);
      this.progress?.(progress, id);
    };
    const _meta = {
      [ID]: id,
      ...(key !== undefined && { [KEY]: key }),
      ...(idempotent && { [IDEMPOTENT]: true }),
    };
    try {
      const result = await this.client.callTool({ name, arguments: args, _meta }, CallToolResultSchema, {
        signal,
        // The SDK's own limit, which progress would not extend, is not ours.
        timeout: LONGEST_TIMER_MS,
        ...(wantsProgress && { onprogress }),
      });
      return result as CallToolResult;
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      limit.stop();
    }
  }
}

class Limit {
  private timeout: NodeJS.Timeout | undefined;

  constructor(
    private readonly ms: number | undefined,
    private readonly over: () => void,
  ) {
    this.restart();
  }

  restart(): void {
    clearTimeout(this.timeout);
    if (this.ms !== undefined) this.timeout = setTimeout(this.over, this.ms);
  }

  stop(): void {
    clearTimeout(this.timeout);
  }
}

const cancelledBy = (name: string, reason?: string): Cancelled =>
  new Cancelled(
    `The call of ${name} was cancelled by its caller${reason === undefined ? '' : `: ${reason}`}.`,
    {
      phase: 'maybe',
      retryable: false,
    },
  );

const timedOut = (name: string, ms: number): RequestTimeout =>
  new RequestTimeout(
    `The call of ${name} was not answered within ${ms / 1_000} s, and the server was told to cancel it; give it a longer timeout, or look at what it does.`,
    { phase: 'maybe', retryable: false },
  );
