/**
 * The server's requests to the client, each answered once. The answer is written down before it is sent, and
 * sent until the server has taken it; the compare-and-set of its record is the fence that stops a process
 * which was frozen while another took over.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { JSONRPCNotification, JSONRPCRequest, JSONRPCResponse, RequestId } from '../../wire/messages';
import type { Entry } from '../store/store';
import { digestOf } from './digest';
import { Membership } from './membership';
import { RENEWALS, parsed, type Kept, type Records } from './records';
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

interface Question {
  /**
   * The client's id of it, which never comes again: a later session may use the server's id for another
   * question, which must not get this one's answer.
   */
  readonly id: string;
  readonly message: JSONRPCRequest;
  /** Absent where the store was away, or no record is needed. */
  kept?: Kept<QuestionRecord>;
  sending?: Promise<void>;
  /** By `performance.now()`. */
  renewAt: number;
}

export class Questions {
  /** By the server's ids, until the server has taken the answer. */
  private readonly known = new Map<RequestId, Question>();
  private readonly byId = new Map<RequestId, Question>();
  private last = 0;

  constructor(
    private readonly records: Records,
    private readonly settings: Settings,
    private readonly prefix: string,
    private readonly sinks: QuestionSinks,
  ) {}

  /**
   * A question came, perhaps again. Resolves when it is written down. `keepPlace` then writes down where it stands
   * in its stream: a person may think long about it, and the next process reads on from there. @throws LeaseLost
   */
  async asked(message: JSONRPCRequest, keepPlace?: () => Promise<void>): Promise<void> {
    const before = this.known.get(message.id);
    if (before) {
      this.send(before);
      return;
    }
    const question = this.add(message);
    if (UNRECORDED.has(message.method)) {
      this.ask(question);
      return;
    }
    try {
      await this.sinks.assertLease();
      if (!(await this.write(question))) return;
      await keepPlace?.();
      this.ask(question);
    } catch (error) {
      this.drop(question);
      throw error;
    }
  }

  /** The client's answer. @throws LeaseLost, Closed */
  async answer(answer: JSONRPCResponse & { id: RequestId }): Promise<void> {
    const question = this.byId.get(answer.id);
    if (!question) {
      this.settings.warn('What the server asked is no longer a question; the answer is not sent.');
      return;
    }
    const { kept, message } = question;
    const said = { ...answer, id: message.id };
    if (!kept) {
      if (UNRECORDED.has(message.method)) this.drop(question);
      return this.sinks.tell(said);
    }
    await this.sinks.assertLease();
    const written = await this.writeAnswer(kept, said);
    if (!written) {
      this.settings.warn('A question was answered by another process; the answer of this one is not sent.');
      this.drop(question);
      return;
    }
    question.kept = written;
    this.send(question);
    await question.sending;
  }

  /** The server no longer wants an answer. Returns the client's id of the question. */
  cancelled(id: RequestId): RequestId {
    const question = this.known.get(id);
    if (!question) return id;
    this.drop(question);
    if (question.kept)
      this.records.remove(question.kept).catch((error: unknown) => {
        this.settings.warn('A question that the server took back stays in the store.', error);
      });
    return question.id;
  }

  /** Takes over the questions of processes that are gone, whose streams this process now reads. */
  async takeUp(entries: readonly Entry[], isLeft: (by: string) => boolean): Promise<void> {
    const left = entries
      .filter(({ name }) => name.startsWith('ask/'))
      .flatMap((entry) => parsed(entry, QuestionRecord) ?? [])
      // Of this session: another's is gone, and its questions with it.
      .filter(({ name, value }) => name === this.nameOf(value.message.id))
      .filter(({ value }) => !value.taken && isLeft(value.by) && !this.known.has(value.message.id));
    for (const { value } of left) await this.asked(value.message);
  }

  /** Keeps the records of questions that people think about for long from expiring. */
  async renew(): Promise<void> {
    for (const question of this.known.values()) {
      const { kept, renewAt } = question;
      if (!kept || kept.value.answer || performance.now() < renewAt) continue;
      question.renewAt = this.nextRenewal();
      const renewed = await this.records.replace(kept, kept.value, this.settings.ttlMs);
      if (question.kept === kept && renewed) question.kept = renewed;
    }
  }

  /** The session is gone, and its questions with it. */
  forget(): void {
    this.known.clear();
    this.byId.clear();
  }

  private add(message: JSONRPCRequest): Question {
    const question = { id: `question ${++this.last}`, message, renewAt: this.nextRenewal() };
    this.known.set(message.id, question);
    this.byId.set(question.id, question);
    return question;
  }

  private nextRenewal(): number {
    return performance.now() + this.settings.ttlMs / RENEWALS;
  }

  private ask({ id, message }: Question): void {
    this.sinks.ask({ ...message, id });
  }

  private drop(question: Question): void {
    this.byId.delete(question.id);
    if (this.known.get(question.message.id) === question) this.known.delete(question.message.id);
  }

  /** Resolves with whether the client is to be asked. */
  private async write(question: Question): Promise<boolean> {
    const { message } = question;
    const record: QuestionRecord = { v: 1, by: this.prefix, message };
    const name = this.nameOf(message.id);
    try {
      const kept = await this.records.create(name, record, this.settings.ttlMs);
      question.kept = kept ?? (await this.takeOver(name));
    } catch (error) {
      this.settings.warn(
        'The store is away; the answer to a question of the server would not survive.',
        error,
      );
      return true;
    }
    if (!question.kept) this.drop(question);
    else if (question.kept.value.answer) this.send(question);
    else return true;
    return false;
  }

  /** Resolves with the question if it is this process's to answer. */
  private async takeOver(name: string): Promise<Kept<QuestionRecord> | undefined> {
    for (;;) {
      const kept = await this.records.read(name, QuestionRecord);
      if (!kept || kept.value.taken) return undefined;
      const { by } = kept.value;
      if (by === this.prefix) return kept;
      if (Membership.living(await this.records.list()).has(by)) return undefined;
      const mine = await this.records.replace(kept, { ...kept.value, by: this.prefix }, this.settings.ttlMs);
      if (mine) return mine;
    }
  }

  /** Waits for the store: an answer that is not written down could be given twice. */
  private async writeAnswer(
    kept: Kept<QuestionRecord>,
    answer: JSONRPCResponse,
  ): Promise<Kept<QuestionRecord> | undefined> {
    for (;;) {
      try {
        const value = { ...kept.value, answer };
        return await this.records.replaceOwn(kept, value, this.settings.ttlMs, QuestionRecord);
      } catch (error) {
        this.settings.warn('The store is away; the answer to a question waits for it.', error);
        this.sinks.assertOpen();
        await pause(this.settings.backoff.firstMs);
      }
    }
  }

  /** Sends the answer that is written down, if there is one, and if it is not being sent. */
  private send(question: Question): void {
    if (!question.kept?.value.answer) return;
    question.sending ??= this.sendNow(question, question.kept.value.answer)
      .catch((error: unknown) => {
        this.settings.warn('An answer was not sent; it stays for the next process.', error);
      })
      .finally(() => (question.sending = undefined));
  }

  private async sendNow(question: Question, answer: JSONRPCResponse): Promise<void> {
    await this.sinks.assertLease();
    await this.sinks.tell(answer);
    if (!question.kept) return;
    const value = { ...question.kept.value, taken: true };
    await this.records.replace(question.kept, value, ANSWERED_MS);
    this.drop(question);
  }

  private nameOf(id: RequestId): string {
    return `ask/${digestOf(JSON.stringify([this.sinks.scope(), id]))}`;
  }
}
