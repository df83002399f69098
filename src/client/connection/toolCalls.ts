/** Calls of tools: their limits of time, their cancellation, and their errors. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { CallToolResultSchema, type CallToolResult, type Progress } from '@modelcontextprotocol/sdk/types.js';
import { LONGEST_TIMER_MS } from '../../shared/duration';
import type { DurableTransport } from '../core/durableTransport';
import { ID, IDEMPOTENT, KEY } from '../core/rewriting';
import { timer, type Settings } from '../core/settings';
import { Cancelled } from '../errors';
import { Limit } from './limit';
import type { CallOptions, Handlers } from './options';
import { timedOut } from './requests';

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
    /** Resolves when it is known which tools may be called twice. */
    private readonly ready: () => Promise<void>,
  ) {}

  start(name: string, args: Record<string, unknown>, options: CallOptions): StartedCall {
    const id = this.transport.nextId();
    const abort = new AbortController();
    const sent = { yet: false };
    const cancel = (reason?: string) => {
      abort.abort(cancelledBy(name, sent.yet && this.transport.mayHaveArrived(id), reason));
    };
    const { signal } = options;
    const forward = () => {
      cancel(signal?.reason === undefined ? undefined : String(signal.reason));
    };
    if (signal?.aborted) forward();
    signal?.addEventListener('abort', forward, { once: true });
    const result = this.run(id, name, args, options, abort, sent).finally(() => {
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
    sent: { yet: boolean },
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
      const phase = sent.yet && this.transport.mayHaveArrived(id) ? 'maybe' : 'unsent';
      abort.abort(timedOut(`The call of ${name}`, limitMs ?? 0, 'timeout', phase));
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
      await Promise.race([this.ready(), aborted(signal)]);
      sent.yet = true;
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

const cancelledBy = (name: string, sent: boolean, reason?: string): Cancelled =>
  new Cancelled(
    `The call of ${name} was cancelled by its caller${reason === undefined ? '' : `: ${reason}`}.`,
    { phase: sent ? 'maybe' : 'unsent', retryable: false },
  );

/** Never resolves; rejects as soon as the signal aborts. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
