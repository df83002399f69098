/**
 * The channel over a child process. There are no sessions to take up: a process that ends takes with it what it
 * was doing, so a call that was sent to it is sent again only if that does no harm.
 */
import type {
  InitializeResult,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
} from '../../wire/messages';
import { Backoff } from '../core/backoff';
import type { Channel, ChannelContext, SessionFacts } from '../core/channel';
import { isResponse } from '../core/jsonRpc';
import type { OpenCall } from '../core/openCall';
import { ConnectError, ServerExited } from '../errors';
import { notAgain, silent, unknown, type RestartLimits } from './channelErrors';
import { Answers } from './answers';
import { answerTo, questionOf } from './questionIds';
import { StdioTransport, type ProcessInfo } from './stdioTransport';
import type { StdioTarget } from './target';

export class StdioChannel implements Channel {
  readonly restored = false;
  readonly sessionId = undefined;
  private readonly answers = new Answers();
  private transport: StdioTransport | undefined;
  private request: JSONRPCRequest | undefined;
  private initialized: InitializeResult | undefined;
  private restarting: Promise<void> | undefined;
  /** When the server was started again, as far as that counts. */
  private restarts: number[] = [];
  private readonly closing = new AbortController();
  /** Counts the processes. */
  private generation = 0;

  constructor(
    private readonly target: StdioTarget,
    private readonly limits: RestartLimits,
    private readonly context: ChannelContext,
  ) {}

  get process(): ProcessInfo | undefined {
    return this.transport?.process;
  }

  get facts(): SessionFacts | undefined {
    const { initialized } = this;
    if (!initialized) return undefined;
    return {
      protocolVersion: initialized.protocolVersion,
      initialize: initialized,
      restored: false,
      joins: 0,
    };
  }

  count(): Promise<number> {
    return Promise.resolve(0);
  }

  renew(): Promise<void> {
    return Promise.resolve();
  }

  async initialize(request: JSONRPCRequest): Promise<JSONRPCResponse> {
    this.request = request;
    const response = await this.run(request);
    if ('error' in response) await this.transport?.close();
    return response;
  }

  async exchange(call: OpenCall): Promise<JSONRPCResponse> {
    if (call.mayHaveArrived && !call.mayRepeat(this.context.settings))
      throw unknown(call, 'the process that sent it has ended');
    for (;;) {
      const transport = await this.running();
      call.throwIfStopped();
      const before = call.mayHaveArrived;
      try {
        call.mayHaveArrived = true;
        return await this.answers.to(call.id, () => transport.send(call.message), call.signal);
      } catch (error) {
        call.throwIfStopped();
        if (error instanceof ServerExited && error.phase === 'unsent') call.mayHaveArrived = before;
        if (
          !(error instanceof ServerExited) ||
          (error.phase === 'maybe' && !call.mayRepeat(this.context.settings))
        )
          throw error;
      }
    }
  }

  async tell(message: JSONRPCNotification | JSONRPCResponse): Promise<void> {
    const transport = await this.running();
    const forServer = isResponse(message) ? answerTo(this.generation, message) : message;
    if (forServer) await transport.send(forServer);
  }

  listen(): void {
    // The server says all by the one stream that is open.
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('The client was closed.'));
    await this.transport?.close();
    await this.restarting?.catch(() => undefined);
    await this.transport?.close();
  }

  end(): Promise<void> {
    return this.close();
  }

  /** The process that serves, once it is initialized. @throws ServerExited */
  private async running(): Promise<StdioTransport> {
    if (this.transport?.state !== 'connected') await (this.restarting ??= this.restart());
    await this.restarting;
    if (!this.transport) throw new Error('The server is started by the client’s initialize.');
    return this.transport;
  }

  private async run(request: JSONRPCRequest): Promise<JSONRPCResponse> {
    const transport = new StdioTransport(this.target);
    this.transport = transport;
    const generation = ++this.generation;
    transport.onmessage = (message) => {
      this.receive(message, generation);
    };
    transport.onerror = (error) => {
      this.context.settings.warn(error.message, error);
    };
    transport.onclose = () => {
      this.exited(transport);
    };
    await transport.start();
    const { connectMs } = this.context.settings;
    const timeout = AbortSignal.timeout(connectMs);
    const response = await this.answers
      .to(request.id, () => transport.send(request), timeout)
      .catch(async (error: unknown) => {
        await transport.close();
        // Whatever became of it, an `initialize` has no effect.
        if (error instanceof ServerExited) throw transport.serverExited('unsent');
        throw timeout.aborted ? silent(this.target.command, connectMs, transport.process?.stderrTail) : error;
      });
    if ('result' in response) this.initialized = response.result as unknown as InitializeResult;
    return response;
  }

  private receive(message: JSONRPCMessage, generation: number): void {
    if (isResponse(message)) this.answers.take(message);
    else if ('method' in message) void this.context.incoming(questionOf(generation, message));
    else
      this.context.settings.warn(
        `The server says that it could not read a message: ${message.error.message}`,
      );
  }

  /** Fails what is open at once, and starts the server again. */
  private exited(transport: StdioTransport): void {
    const error = transport.serverExited('maybe');
    this.answers.failAll(error);
    if (this.closing.signal.aborted || !this.initialized || transport !== this.transport) return;
    this.context.state('reconnecting', error);
    this.restarting ??= this.restart();
    this.restarting.catch((failure: unknown) => {
      if (!this.closing.signal.aborted) this.context.state('failed', failure as Error);
    });
  }

  private async restart(): Promise<void> {
    const backoff = new Backoff(this.context.settings.backoff);
    try {
      await Promise.resolve(); // until `restarting` is set, which is what the end of this clears
      for (;;) {
        this.assertMayRestart();
        if (this.restarts.length > 0) await backoff.wait(0, this.closing.signal);
        this.restarts.push(performance.now());
        if (await this.startedAgain()) return;
      }
    } finally {
      this.restarting = undefined;
    }
  }

  /** @throws ServerExited */
  private assertMayRestart(): void {
    const { attempts, withinMs } = this.limits;
    this.closing.signal.throwIfAborted();
    const since = performance.now() - withinMs;
    this.restarts = this.restarts.filter((time) => time > since);
    if (this.restarts.length < attempts) return;
    const { exit, stderrTail } = this.transport?.process ?? { stderrTail: '' };
    throw notAgain(this.target.command, this.limits, {
      code: exit?.code ?? null,
      signal: exit?.signal ?? null,
      stderrTail,
    });
  }

  private async startedAgain(): Promise<boolean> {
    const { request } = this;
    if (!request) throw new Error('The server is started by the client’s initialize.');
    try {
      const response = await this.run(request);
      if ('error' in response)
        throw new ConnectError(`The server refused to begin: ${response.error.message}`, {
          phase: 'answered',
          retryable: false,
        });
      await this.transport?.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
      this.context.state('connected');
      this.context.reopened(response);
      return true;
    } catch (error) {
      await this.transport?.close();
      this.context.settings.warn('The server could not be started again.', error);
      return false;
    }
  }
}
