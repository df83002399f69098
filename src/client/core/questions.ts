/**
 * The server's requests to the client, each answered once. The answer is written down before it is sent, and
 * sent until the server has taken it; the compare-and-set of its record is the fence that stops a process
 * which was frozen while another took over.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { JSONRPCNotification, JSONRPCRequest, JSONRPCResponse, RequestId } from '../../wire/messages';
import type { Entry } from '../store/store';
import { parsed, type Kept, type Records } from './records';
import type { Settings } from './settings';
import { QuestionRecord } from './shapes';

/** As long as a stream that is resumed may say the question again. */
const ANSWERED_MS = 60 * 60 * 1_000;
/** What only says that somebody is there needs no record. */
const UNRECORDED = new Set(['ping', 'roots/list']);

export interface QuestionSinks {
  ask(message: JSONRPCRequest): void;
  tell(answer: JSONRPCNotification | JSONRPCResponse): Promise<void>;
  /** @throws LeaseLost */
  assertLease(): Promise<void>;
  /** @throws Closed */
  assertOpen(): void;
  /** Within which the server's ids are distinct: its session, or its process. */
  scope(): string;
}

export class Questions {
  /** `undefined` while the record is being written. */
  private readonly known = new Map<RequestId, Kept<QuestionRecord> | undefined>();

  constructor(
    private readonly records: Records,
    private readonly settings: Settings,
    private readonly prefix: string,
    private readonly sinks: QuestionSinks,
  ) {}

  /** A question came, perhaps again. */
  async asked(message: JSONRPCRequest): Promise<void> {
    if (UNRECORDED.has(message.method)) {
      this.sinks.ask(message);
      return;
    }
    if (this.known.has(message.id)) return this.sendAgain(this.known.get(message.id));
    this.known.set(message.id, undefined);
    const record: QuestionRecord = { v: 1, by: this.prefix, message };
    const name = this.nameOf(message.id);
    try {
      const kept = await this.records.create(name, record, this.settings.ttlMs);
      if (!kept) return await this.sendAgain(await this.records.read(name, QuestionRecord));
      this.known.set(message.id, kept);
    } catch (error) {
      this.settings.warn(
        'The store is away; the answer to a question of the server would not survive.',
        error,
      );
    }
    this.sinks.ask(message);
  }

  /** The client's answer. */
  async answer(answer: JSONRPCResponse & { id: RequestId }): Promise<void> {
    const kept = this.known.get(answer.id);
    if (!kept) return this.sinks.tell(answer);
    const written = await this.writeAnswer(kept, answer);
    if (!written) {
      this.settings.warn('A question was answered by another process; the answer of this one is not sent.');
      return;
    }
    this.known.set(answer.id, written);
    await this.send(written);
  }

  /** Waits for the store: an answer that is not written down could be given twice. */
  private async writeAnswer(
    kept: Kept<QuestionRecord>,
    answer: JSONRPCResponse,
  ): Promise<Kept<QuestionRecord> | undefined> {
    for (;;) {
      try {
        return await this.records.replace(kept, { ...kept.value, answer }, this.settings.ttlMs);
      } catch (error) {
        this.settings.warn('The store is away; the answer to a question waits for it.', error);
        this.sinks.assertOpen();
        await pause(this.settings.backoff.firstMs);
      }
    }
  }

  /** Takes over the questions of processes that are gone, whose streams this process now reads. */
  async takeUp(entries: readonly Entry[], isLeft: (by: string) => boolean): Promise<void> {
    const left = entries
      .filter(({ name }) => name.startsWith('ask/'))
      .flatMap((entry) => parsed(entry, QuestionRecord) ?? [])
      .filter(({ value }) => !value.taken && isLeft(value.by));
    for (const kept of left) {
      const mine = await this.records.replace(kept, { ...kept.value, by: this.prefix }, this.settings.ttlMs);
      if (!mine) continue;
      this.known.set(mine.value.message.id, mine);
      if (mine.value.answer) void this.send(mine);
      else this.sinks.ask(mine.value.message);
    }
  }

  /** The session is gone, and its questions with it. */
  forget(): void {
    this.known.clear();
  }

  private async sendAgain(kept: Kept<QuestionRecord> | undefined): Promise<void> {
    if (kept?.value.answer && !kept.value.taken && kept.value.by === this.prefix) await this.send(kept);
  }

  private async send(kept: Kept<QuestionRecord>): Promise<void> {
    const { answer } = kept.value;
    if (!answer) return;
    await this.sinks.assertLease();
    await this.sinks.tell(answer);
    const taken = await this.records.replace(kept, { ...kept.value, taken: true }, ANSWERED_MS);
    if (taken) this.known.set(taken.value.message.id, taken);
  }

  private nameOf(id: RequestId): string {
    const unique = JSON.stringify([this.sinks.scope(), id]);
    return `ask/${createHash('sha256').update(unique).digest('hex')}`;
  }
}
