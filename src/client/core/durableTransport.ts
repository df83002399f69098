/**
 * A transport for any MCP client that forgets nothing: ids that never come again, calls that the next process
 * takes up, questions that are answered once. It fits the official SDK's `Transport`, and imports no SDK. How
 * bytes reach the server is the channel's.
 */
import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '../../wire/messages';
import type { LeaseLost, McpClientError } from '../errors';
import { Calls, Closed } from './calls';
import type { Channel, ChannelContext, ConnectionState, SessionFacts } from './channel';
import { ClientRequests } from './clientRequests';
import { isNotification, isRequest, isResponse } from './jsonRpc';
import { Membership } from './membership';
import type { OpenCall } from './openCall';
import { Questions } from './questions';
import { Records } from './records';
import { takeUpCalls, type RecoveredCall } from './recovery';
import { Queue } from './queue';
import type { Settings } from './settings';
import { WireIds } from './wireIds';

/** The parameter of a method, unlike a function's, may be any message type: each SDK has its own. */
type OnMessage = { handler(message: unknown): void }['handler'];

export class DurableTransport {
  onmessage?: OnMessage;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  /** Is told when the session was lost and another one was opened, with the new answer to `initialize`. */
  onreopened?: (response: JSONRPCResponse) => void;
  onstatechange?: (state: ConnectionState, error?: Error) => void;
  /**
   * Always undefined: a client that sees a session id skips `initialize`, and would not know what the server
   * can do.
   */
  readonly sessionId = undefined;
  /** The calls that earlier processes have left. */
  readonly recovered = new Queue<RecoveredCall>();
  state: ConnectionState = 'idle';

  protected readonly channel: Channel;
  private readonly ids = new WireIds();
  private readonly calls: Calls;
  private readonly questions: Questions;
  private readonly membership: Membership;
  private readonly records: Records;
  private readonly requests: ClientRequests;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly settings: Settings,
    group: string,
    channelWith: (context: ChannelContext) => Channel,
  ) {
    const { prefix } = this.ids;
    this.records = new Records(settings.store, group);
    this.channel = channelWith({
      settings,
      records: this.records,
      incoming: (message, call, eventId) => this.receive(message, call, eventId),
      assertLease: () => this.assertLease(),
      ownsSession: () => this.membership.isOwner,
      reopened: (response) => {
        this.questions.forget();
        this.onreopened?.(response);
      },
      state: (state, error) => {
        this.setState(state, error);
      },
    });
    this.calls = new Calls(this.records, this.channel, settings, prefix);
    this.requests = new ClientRequests({
      ids: this.ids,
      calls: this.calls,
      records: this.records,
      channel: this.channel,
      deliver: (message) => {
        this.deliver(message);
      },
      assertLease: () => this.assertLease(),
      assertOpen: () => {
        this.assertOpen();
      },
    });
    this.questions = new Questions(this.records, settings, prefix, {
      ask: (message) => {
        this.deliver(message);
      },
      tell: (answer) => this.channel.tell(answer),
      assertLease: () => this.assertLease(),
      assertOpen: () => {
        this.assertOpen();
      },
      scope: () => this.channel.sessionId ?? prefix,
    });
    this.membership = new Membership(
      this.records,
      prefix,
      settings.shared,
      {
        onOwning: (first) => {
          if (first) this.channel.listen();
          if (first || settings.shared) void this.takeUp();
        },
        onRenewed: async () => {
          await Promise.all([this.calls.renew(), this.questions.renew(), this.channel.renew()]);
        },
        onRegained: () => this.calls.revalidate(),
        onLost: (error) => {
          this.lose(error);
        },
      },
      settings.warn,
    );
  }

  /** Nothing is sent before `initialize`. */
  start(): Promise<void> {
    this.setState('connecting');
    return Promise.resolve();
  }

  setProtocolVersion(): void {
    // The channel has read the version in the answer to `initialize`.
  }

  /**
   * For a request, resolves when it has been answered, and rejects with the reason for which it never will be:
   * the official client then rejects with the same error.
   */
  async send(message: JSONRPCMessage): Promise<void> {
    this.assertOpen();
    if (isRequest(message))
      return message.method === 'initialize' ? this.initialize(message) : this.requests.send(message);
    if (isResponse(message)) return this.questions.answer(message);
    if (isNotification(message)) return this.notify(message);
  }

  /** Lets go of the server and of the session, which stays for the next process. */
  close(): Promise<void> {
    this.closing ??= this.shut(() => this.channel.close());
    return this.closing;
  }

  /** Ends the session, and forgets it. */
  end(): Promise<void> {
    this.closing ??= this.shut(async () => {
      await this.channel.end();
      const entries = await this.records.list();
      await Promise.all(entries.map((entry) => this.records.remove({ ...entry, value: undefined })));
    });
    return this.closing;
  }

  /** An id on the wire for a request that is sent with it in `_meta` (`ID`). */
  nextId(): string {
    return this.ids.next();
  }

  /** Whether the server may have the request that is in flight with this id on the wire. */
  mayHaveArrived(id: string): boolean {
    const call = this.calls.get(id);
    return !call || call.mayHaveArrived || call.lastEventId !== undefined;
  }

  /** The session, once it is open. */
  get session(): SessionFacts | undefined {
    return this.channel.facts;
  }

  private async initialize(message: JSONRPCRequest): Promise<void> {
    this.setState('initializing');
    try {
      await this.membership.join();
      this.assertOpen();
      const response = await this.channel.initialize(message);
      this.deliver({ ...response, id: message.id });
    } catch (error) {
      this.setState('failed', error as Error);
      throw error;
    }
  }

  private async notify(message: JSONRPCNotification): Promise<void> {
    if (message.method === 'notifications/cancelled') return this.requests.cancel(message);
    if (message.method !== 'notifications/initialized') return this.channel.tell(message);
    if (!this.channel.restored) await this.channel.tell(message);
    this.setState('connected');
    this.membership.announceOwnership();
    // What was left is the owner's to take up.
    if (!this.membership.isOwner) this.recovered.ready();
  }

  /** Resolves when a question is written down. */
  private receive(message: JSONRPCMessage, call?: OpenCall, eventId?: string): Promise<void> | undefined {
    if (isRequest(message)) {
      const before = call?.noted;
      const keepPlace = async () => {
        await before; // the questions before it in the stream
        if (call && eventId !== undefined) await this.calls.keepPlace(call, eventId);
      };
      return this.questions.asked(message, keepPlace).catch((error: unknown) => {
        this.onerror?.(error as Error);
      });
    }
    if (isNotification(message)) this.receiveNotification(message, call);
    return undefined;
  }

  private receiveNotification(message: JSONRPCNotification, call?: OpenCall): void {
    if (message.method === 'notifications/cancelled') {
      const requestId = this.questions.cancelled(message.params?.requestId as RequestId);
      this.deliver({ ...message, params: { ...message.params, requestId } });
      return;
    }
    if (message.method === 'notifications/progress') this.requests.progress(message, call);
    else this.deliver(message);
  }

  private async takeUp(): Promise<void> {
    try {
      const { records, calls, questions } = this;
      const found = await takeUpCalls({ records, calls, questions, prefix: this.ids.prefix });
      found.forEach((call) => {
        this.recovered.push(call);
      });
    } catch (error) {
      if (!this.closing) this.settings.warn('The calls of an earlier process cannot be read.', error);
    }
    this.recovered.ready();
  }

  private assertLease(): Promise<void> {
    this.assertOpen();
    return this.membership.assert();
  }

  private assertOpen(): void {
    if (this.closing) throw closed();
  }

  private lose(error: LeaseLost): void {
    this.calls.stopAll(error);
    this.setState('failed', error);
    this.onerror?.(error);
  }

  private async shut(act: () => Promise<void>): Promise<void> {
    this.setState('closing');
    this.calls.stopAll(closed());
    await this.calls.settled();
    await this.requests.cancellationsTold(this.settings.connectMs);
    try {
      await act();
    } finally {
      this.recovered.close();
      await this.membership.leave();
      if (this.settings.ownsStore) await this.settings.store.close();
      this.setState('closed');
      this.onclose?.();
    }
  }

  private deliver(message: JSONRPCMessage): void {
    this.onmessage?.(message);
  }

  private setState(state: ConnectionState, error?: Error): void {
    if (this.state === state) return;
    this.state = state;
    this.onstatechange?.(state, error);
  }
}

const closed = (): McpClientError =>
  new Closed('The client was closed; its session and its open calls stay for the next one.', {
    phase: 'maybe',
    retryable: true,
  });
