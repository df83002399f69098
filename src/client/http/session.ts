/**
 * The session with the server, in the era that has them (revisions up to 2025-11-25): opened, kept, taken up
 * again, and opened anew once the server no longer has it.
 */
import type { InitializeResult, JSONRPCRequest, JSONRPCResponse } from '../../wire/messages';
import { EXTENSION, JOINS, type ClientExtension, type ServerExtension } from '../../wire/extension';
import type { ChannelContext, SessionFacts } from '../core/channel';
import { RENEWALS, type Kept } from '../core/records';
import type { Settings } from '../core/settings';
import { SessionRecord } from '../core/shapes';
import { RpcCode } from '../../wire/rpcErrors';
import { discard } from './answers';
import { sendInitialize, sendInitialized, ping, refused, type Handshake } from './handshake';
import type { SessionHeaders, Wire } from './wire';

/** The count of requests is written in steps, so that not every request writes. */
const STEP = 50;
/** A repetition after more requests than this is not sure to be joined: those of other processes count too. */
const MARGIN = 100;

/** An answer that may be about the session. */
export interface Refusal {
  readonly method: 'GET' | 'POST';
  readonly status: number;
  readonly error?: { readonly code: number };
}

export type Known = Pick<SessionRecord, 'sessionId' | 'protocolVersion'> & {
  readonly initialize?: InitializeResult;
};

export class HttpSession {
  restored = false;
  private kept: Kept<SessionRecord> | undefined;
  private current: Omit<SessionRecord, 'sessionId'> & { sessionId?: string };
  /** Of the current step of the count. */
  private used = 0;
  private request: JSONRPCRequest | undefined;
  private reopening: Promise<void> | undefined;
  private renewAt = 0;
  private counting: Promise<void> = Promise.resolve();

  constructor(
    private readonly wire: Wire,
    private readonly context: ChannelContext,
    private readonly signal: AbortSignal,
    private readonly known: Known | undefined,
  ) {
    this.current = {
      v: 1,
      era: 'sessions',
      url: wire.http.url.href,
      protocolVersion: '',
      initialize: { protocolVersion: '', capabilities: {}, serverInfo: { name: '', version: '' } },
      capabilities: {},
      joins: 0,
      requests: 0,
    };
  }

  get id(): string | undefined {
    return this.current.sessionId;
  }

  get facts(): SessionFacts | undefined {
    const { sessionId: id, protocolVersion, initialize, joins } = this.current;
    return protocolVersion ? { id, protocolVersion, initialize, restored: this.restored, joins } : undefined;
  }

  get headers(): SessionHeaders {
    const { sessionId, protocolVersion } = this.current;
    return { sessionId, protocolVersion };
  }

  /** Whether the server would join a repetition of the request with this count. */
  joins(requests: number): boolean {
    return this.current.requests - requests < this.current.joins - MARGIN;
  }

  /** The kept session, if it is of this client and the server still has it, else a new one. */
  async take(request: JSONRPCRequest): Promise<JSONRPCResponse> {
    this.request = withExtension(request);
    const { records } = this.context;
    this.kept = await records.read('session', SessionRecord);
    const record = this.kept?.value;
    const asked = capabilitiesOf(this.request);
    if (this.known && record?.sessionId !== this.known.sessionId) await this.adopt(this.known, asked);
    else if (record && same(record.capabilities, asked)) {
      this.current = { ...record };
      // How many of the last step the process before has used is unknown: all.
      this.used = STEP;
    } else return this.open(request.id);
    if (!(await this.lives())) {
      this.current.sessionId = undefined;
      return this.open(request.id);
    }
    this.restored = true;
    return { jsonrpc: '2.0', id: request.id, result: this.current.initialize };
  }

  /** @throws McpClientError */
  private async open(id: JSONRPCRequest['id'], again = false): Promise<JSONRPCResponse> {
    const { request } = this;
    if (!request) throw new Error('The session is opened by the client’s initialize.');
    const { response, sessionId } = await sendInitialize(this.handshake, { ...request, id }, again);
    if ('error' in response) return response;
    const before = this.kept?.value.sessionId;
    const initialize = response.result as InitializeResult;
    this.current = {
      ...this.current,
      sessionId,
      protocolVersion: initialize.protocolVersion,
      initialize,
      capabilities: capabilitiesOf(request),
      joins: joinsOf(initialize, this.context.settings),
      requests: 0,
    };
    this.used = STEP;
    this.restored = false;
    await this.keep(before);
    return { ...response, result: this.current.initialize };
  }

  /**
   * The server said that it has no session `lostId`. Resolves with whether that is so; then there is a new one.
   * All that lost it wait for the same. @throws McpClientError if no session can be opened
   */
  async isGone(lostId: string | undefined, refused: Refusal): Promise<boolean> {
    await this.opened();
    if (lostId !== this.id) return true;
    if (!isCertain(refused) && (await this.lives())) return false;
    if (lostId === this.id)
      this.reopening ??= this.reopen(lostId).finally(() => (this.reopening = undefined));
    await this.opened();
    return true;
  }

  /** Resolves when no session is being opened in place of a lost one. @throws McpClientError */
  async opened(): Promise<void> {
    await this.reopening;
  }

  /** Resolves with the session's count of requests, with this one. */
  async count(): Promise<number> {
    if (this.current.sessionId === undefined || this.current.joins === 0) return 0;
    this.counting = this.counting.then(async () => {
      if (this.used++ < STEP) return;
      this.used = 1;
      await this.addToCount(STEP);
    });
    await this.counting;
    return this.current.requests;
  }

  /** Keeps the record of a session that is used from expiring. */
  async renew(): Promise<void> {
    if (this.kept && performance.now() > this.renewAt) await this.addToCount(0);
  }

  async forget(): Promise<void> {
    if (this.kept) await this.context.records.remove(this.kept);
  }

  private async reopen(lostId: string | undefined): Promise<void> {
    this.context.state('reconnecting');
    const kept = await this.context.records.read('session', SessionRecord).catch(() => undefined);
    this.kept = kept ?? this.kept;
    // Another process of the session may have opened one already.
    if (kept && kept.value.sessionId !== lostId) this.current = { ...kept.value };
    else {
      const response = await this.open('reopen', true);
      if ('error' in response) throw refused(response.error.message);
      await sendInitialized(this.handshake, this.headers);
    }
    this.context.state('connected');
    this.context.reopened({ jsonrpc: '2.0', id: 'reopen', result: this.current.initialize });
  }

  private get handshake(): Handshake {
    return { wire: this.wire, settings: this.context.settings, signal: this.signal };
  }

  private async lives(): Promise<boolean> {
    return this.id === undefined || (await ping(this.handshake, this.headers));
  }

  /** A session of which the caller knows the id, and perhaps no more. */
  private async adopt(known: Known, capabilities: SessionRecord['capabilities']): Promise<void> {
    const { protocolVersion, sessionId } = known;
    const initialize = known.initialize ?? {
      protocolVersion,
      // Unknown, so nothing is kept from being asked for.
      capabilities: { tools: {}, resources: {}, prompts: {}, completions: {}, logging: {} },
      serverInfo: { name: 'unknown', version: '0' },
    };
    const joins = joinsOf(initialize, this.context.settings);
    this.current = { ...this.current, sessionId, protocolVersion, initialize, capabilities, joins };
    this.used = STEP;
    await this.keep();
  }

  /** A session without an id cannot be taken up again, and is not kept. */
  private async keep(before?: string): Promise<void> {
    const { sessionId } = this.current;
    const { records, settings } = this.context;
    if (sessionId === undefined) return;
    const record = { ...this.current, sessionId };
    for (;;) {
      this.kept = this.kept
        ? await records.replace(this.kept, record, settings.ttlMs)
        : await records.create('session', record, settings.ttlMs);
      if (this.kept) return;
      this.kept = await records.read('session', SessionRecord);
      const other = this.kept?.value;
      if (!settings.shared || !other || other.sessionId === before) continue;
      // Of two processes that opened a session at once, the first one's is everybody's.
      const ours = this.headers;
      this.current = { ...other };
      this.used = STEP;
      await this.wire.end({ signal: this.signal, session: ours }).then(discard, () => undefined);
      return;
    }
  }

  private async addToCount(step: number): Promise<void> {
    const { records, settings } = this.context;
    try {
      for (;;) {
        const kept = await records.read('session', SessionRecord);
        if (kept?.value.sessionId !== this.id || !kept) return void (this.current.requests += step);
        const value = { ...kept.value, requests: kept.value.requests + step };
        this.kept = await records.replace(kept, value, settings.ttlMs);
        if (!this.kept) continue;
        this.renewAt = performance.now() + settings.ttlMs / RENEWALS;
        return void (this.current.requests = value.requests);
      }
    } catch {
      this.current.requests += step;
    }
  }
}

/**
 * Only a POST's 404 with a JSON-RPC error is the server's own word on the session: a proxy has no such body, and
 * a GET may be refused by a server that has none. An unknown method is not about the session.
 */
export const isCertain = ({ method, status, error }: Refusal): boolean =>
  method === 'POST' && status === 404 && error !== undefined && error.code !== RpcCode.methodNotFound;

const capabilitiesOf = (request: JSONRPCRequest): Record<string, unknown> =>
  (request.params?.capabilities ?? {}) as Record<string, unknown>;

/** How many of a session's last requests the server joins to a repetition, by its word or the caller's. */
export function joinsOf({ capabilities }: InitializeResult, { joins }: Pick<Settings, 'joins'>): number {
  const { experimental } = capabilities as { experimental?: Record<string, Partial<ServerExtension>> };
  const said = experimental?.[EXTENSION]?.joins;
  if (joins === false) return 0;
  return typeof said === 'number' ? said : joins === true ? JOINS : 0;
}

export function withExtension(request: JSONRPCRequest): JSONRPCRequest {
  const capabilities = capabilitiesOf(request);
  const extension: ClientExtension = { uniqueIds: true };
  const experimental = { ...(capabilities.experimental as object | undefined), [EXTENSION]: extension };
  return { ...request, params: { ...request.params, capabilities: { ...capabilities, experimental } } };
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
