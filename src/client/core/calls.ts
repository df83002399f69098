/**
 * The requests in flight, and their records: written before the first byte leaves, so that the next process
 * can take up each call. A call with a key is found again by it, also after it has ended.
 */
import type { JSONRPCRequest, JSONRPCResponse } from '../../wire/messages';
import { Cancelled, KeyConflict, LeaseLost, McpClientError, StoreError } from '../errors';
import type { Channel } from './channel';
import { digestOf } from './digest';
import { OpenCall } from './openCall';
import { RENEWALS, type Kept, type Records } from './records';
import type { Settings } from './settings';
import { CallRecord } from './shapes';
import { EventIdWriter } from './eventIdWriter';

/** How long an answer is kept for a caller who asks by key. */
const ANSWER_MS = 60 * 60 * 1_000;

export interface NewCall {
  readonly id: string;
  readonly message: JSONRPCRequest;
  readonly key: string | undefined;
  readonly safe: boolean;
}

interface Entry {
  readonly call: OpenCall;
  readonly answer: Promise<JSONRPCResponse>;
  kept: Kept<CallRecord> | undefined;
  /** One write at a time, or one would take the other's for another process's. */
  writing: Promise<unknown>;
  /** By `performance.now()`. */
  renewAt: number;
}

export class Calls {
  private readonly open = new Map<string, Entry>();
  /** Calls whose records are being written. */
  private readonly starting = new Set<string>();

  constructor(
    private readonly records: Records,
    private readonly channel: Channel,
    private readonly settings: Settings,
    private readonly prefix: string,
  ) {}

  /** The call in flight with this id on the wire. */
  get(id: string): OpenCall | undefined {
    return this.open.get(id)?.call;
  }

  /** Starts the call. @throws McpClientError */
  async start(start: NewCall, onOpen: (call: OpenCall) => void): Promise<JSONRPCResponse> {
    const requests = await this.channel.count();
    const { id, key, safe } = start;
    const { sessionId } = this.channel;
    const call = new OpenCall({ id, body: JSON.stringify(start.message), safe, requests, sessionId });
    onOpen(call);
    const isRecorded = key !== undefined || start.message.method === 'tools/call';
    if (!isRecorded) return this.run(call, undefined);
    call.throwIfStopped();
    const kept = await this.whileStarting(id, () => this.write(recordOf(call, this.prefix, key)));
    return this.run(call, kept);
  }

  /** Whether this process has the call now: a record alone may be of a call that has ended. */
  has(id: string): boolean {
    return this.starting.has(id) || this.open.has(id);
  }

  /** Goes on with a call that nobody has any more. Resolves with `undefined` if another one was faster. */
  async takeOver(
    kept: Kept<CallRecord>,
    onOpen: (call: OpenCall) => void,
  ): Promise<{ readonly answer: Promise<JSONRPCResponse> } | undefined> {
    const { id } = kept.value;
    if (this.has(id)) return undefined;
    const value = { ...kept.value, by: this.prefix };
    const mine = await this.whileStarting(id, () => this.records.replace(kept, value, this.settings.ttlMs));
    if (!mine) return undefined;
    const call = new OpenCall({ ...value, mayHaveArrived: true });
    onOpen(call);
    return { answer: this.run(call, mine) };
  }

  /** Joins the call in flight that has this id. */
  join(id: string, onOpen: (call: OpenCall) => void): Promise<JSONRPCResponse> | undefined {
    const entry = this.open.get(id);
    if (entry) onOpen(entry.call);
    return entry?.answer;
  }

  /** Makes sure that each call is still this process's, after its lease had lapsed. */
  async revalidate(): Promise<void> {
    for (const entry of this.open.values()) await this.rewrite(entry, (value) => value);
  }

  /** Keeps the records of calls that take long from expiring. */
  async renew(): Promise<void> {
    const due = [...this.open.values()].filter(({ renewAt }) => performance.now() > renewAt);
    await Promise.all(due.map((entry) => this.rewrite(entry, (value) => value)));
  }

  stopAll(reason: Error): void {
    for (const { call } of this.open.values()) call.stop(reason);
  }

  /** Resolves when no call is in flight: each that was stopped has let go of its connection. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.open.values()].map(({ answer }) => answer));
  }

  private nextRenewal(): number {
    return performance.now() + this.settings.ttlMs / RENEWALS;
  }

  private async whileStarting<T>(id: string, act: () => Promise<T>): Promise<T> {
    this.starting.add(id);
    try {
      return await act();
    } finally {
      // Not before whoever waits for `act` has put the call among the open ones.
      setImmediate(() => this.starting.delete(id));
    }
  }

  private run(call: OpenCall, kept: Kept<CallRecord> | undefined): Promise<JSONRPCResponse> {
    const answer = this.exchange(call);
    this.open.set(call.id, { call, answer, kept, writing: Promise.resolve(), renewAt: this.nextRenewal() });
    return answer;
  }

  private async exchange(call: OpenCall): Promise<JSONRPCResponse> {
    await Promise.resolve(); // until the entry is there
    const writer = new EventIdWriter(() => void this.writePlace(call));
    call.onMoved = () => {
      writer.changed();
    };
    try {
      const response = await this.channel.exchange(call);
      writer.stop();
      await this.answered(call, response);
      return response;
    } catch (error) {
      writer.stop();
      await this.failed(call, error).catch((cause: unknown) => {
        this.settings.warn('What became of a call cannot be written down.', cause);
      });
      throw error;
    } finally {
      this.open.delete(call.id);
    }
  }

  /** The answer of a call with a key is kept before anyone has it; another call's record may go later. */
  private async answered(call: OpenCall, response: JSONRPCResponse): Promise<void> {
    const entry = this.open.get(call.id);
    if (!entry?.kept) return;
    const { key } = entry.kept.value;
    const written = this.inTurn(entry, async (kept) => {
      if (key === undefined) await this.records.remove(kept);
      else await this.records.replaceOwn(kept, { ...kept.value, response }, ANSWER_MS, CallRecord);
    }).catch((error: unknown) => {
      this.settings.warn('An answer cannot be written down; the next process will ask for it again.', error);
    });
    if (key !== undefined) await written;
  }

  /** What surely did not run may run again, by the same key. What may have run never does. */
  private async failed(call: OpenCall, error: unknown): Promise<void> {
    const entry = this.open.get(call.id);
    if (!entry?.kept || error instanceof LeaseLost) return;
    if (error instanceof Closed) return this.writePlace(call); // from where the next process reads on
    await this.inTurn(entry, async (kept) => {
      const { value } = kept;
      const unknown = unknownAfter(error, call);
      if (unknown !== undefined && value.key !== undefined)
        await this.records.replaceOwn(kept, { ...value, unknown }, this.settings.ttlMs, CallRecord);
      else await this.records.remove(kept);
    });
  }

  private async writePlace(call: OpenCall): Promise<void> {
    const { lastEventId } = call;
    // A stream that is resumed after a question does not say it again.
    await call.noted;
    await this.keepPlace(call, lastEventId);
  }

  /** Writes down that the next process reads on after this event. */
  async keepPlace(call: OpenCall, lastEventId: string | undefined): Promise<void> {
    const entry = this.open.get(call.id);
    const { sessionId, requests } = call;
    const before = entry?.kept?.value;
    if (!entry || (before?.lastEventId === lastEventId && before?.sessionId === sessionId)) return;
    await this.rewrite(entry, (value) => ({ ...value, lastEventId, sessionId, requests })).catch(
      (error: unknown) => {
        this.settings.warn("A call's place in its stream cannot be written down.", error);
      },
    );
  }

  /** Another process that has written since has taken the call over. */
  private rewrite(entry: Entry, change: (value: CallRecord) => CallRecord): Promise<void> {
    return this.inTurn(entry, async (kept) => {
      const value = change(kept.value);
      entry.kept = await this.records.replaceOwn(kept, value, this.settings.ttlMs, CallRecord);
      entry.renewAt = this.nextRenewal();
      if (!entry.kept) entry.call.stop(takenOver(entry.call));
    });
  }

  private async inTurn(entry: Entry, write: (kept: Kept<CallRecord>) => Promise<void>): Promise<void> {
    const turn = entry.writing.then(() => entry.kept && write(entry.kept));
    entry.writing = turn.catch(() => undefined);
    await turn;
  }

  /** @throws KeyExists, StoreError for a call with a key, which must not run unrecorded */
  private async write(record: CallRecord): Promise<Kept<CallRecord> | undefined> {
    const name = nameOf(record);
    try {
      const kept = await this.records.create(name, record, this.settings.ttlMs);
      if (!kept) throw new KeyExists(name);
      return kept;
    } catch (error) {
      if (record.key !== undefined || !(error instanceof StoreError)) throw error;
      this.settings.warn('The store is away; the call goes on, but would not survive this process.', error);
      return undefined;
    }
  }
}

/** What is said to whoever asks by the same key again; `undefined` if the call surely did not run, or was refused. */
function unknownAfter(error: unknown, call: OpenCall): string | undefined {
  if (!(error instanceof McpClientError) || error.phase !== 'maybe') return undefined;
  if (!(error instanceof Cancelled)) return error.message;
  return `Whether ${call.title} ran is unknown: it was cancelled, or its time was up. Look at what it should have done, and call it again by another key.`;
}

/** The connection was closed: the call's record stays, for the next process. */
export class Closed extends Cancelled {}

/** There is a record of a call with this key. */
export class KeyExists extends Error {
  constructor(readonly recordName: string) {
    super('There is a call with this key.');
  }
}

const nameOf = ({ key, id }: CallRecord): string =>
  key === undefined ? `call/${id}` : `key/${digestOf(key)}`;

const recordOf = (call: OpenCall, by: string, key: string | undefined): CallRecord => ({
  v: 1,
  id: call.id,
  by,
  key,
  body: call.body,
  sessionId: call.sessionId,
  requests: call.requests,
  safe: call.safe,
  sentAt: Date.now(),
});

const takenOver = (call: OpenCall): LeaseLost =>
  new LeaseLost(`${call.title} was taken over by another process, which has its answer.`, {
    phase: 'maybe',
    retryable: false,
  });

/** @throws KeyConflict if the key was used for a call with other content */
export function assertSame(kept: CallRecord, message: JSONRPCRequest): void {
  const before = JSON.parse(kept.body) as JSONRPCRequest;
  if (contentOf(before) === contentOf(message)) return;
  throw new KeyConflict(
    `The key ${JSON.stringify(kept.key)} was used for another call; give each call a key of its own.`,
    { phase: 'unsent', retryable: false },
  );
}

/**
 * Without `_meta`, whose progress token is another in each call, and without the order of properties, which a
 * caller's database may not keep.
 */
const contentOf = ({ method, params }: JSONRPCRequest): string =>
  JSON.stringify([method, { ...params, _meta: undefined }], (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? inOrder(value) : value,
  );

const inOrder = (value: object): object =>
  Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
