/** Takes up what processes that are gone have left: their calls, and the questions of those. */
import type { JSONRPCRequest, JSONRPCResponse } from '../../wire/messages';
import type { Calls } from './calls';
import { Membership } from './membership';
import type { Questions } from './questions';
import { parsed, type Kept, type Records } from './records';
import { CallRecord } from './shapes';

/** A call that an earlier process began, and did not see the end of. */
export interface RecoveredCall {
  /** On the wire. */
  readonly id: string;
  readonly key?: string;
  readonly method: string;
  readonly params: JSONRPCRequest['params'];
  readonly sentAt: Date;
  /** Rejects with `OutcomeUnknown` if the answer cannot be had. */
  readonly response: Promise<JSONRPCResponse>;
}

export interface Taking {
  readonly records: Records;
  readonly calls: Calls;
  readonly questions: Questions;
  readonly prefix: string;
}

export async function takeUpCalls({ records, calls, questions, prefix }: Taking): Promise<RecoveredCall[]> {
  const entries = await records.list();
  const living = Membership.living(entries).add(prefix);
  const isLeft = (by: string) => !living.has(by);
  const left = entries
    .filter(({ name }) => name.startsWith('call/') || name.startsWith('key/'))
    .flatMap((entry) => parsed(entry, CallRecord) ?? []);
  const taken = await Promise.all(left.map((kept) => take(kept)));
  // After the calls: a question's answer goes to a call that is read again.
  await questions.takeUp(entries, isLeft);
  return taken.flatMap((call) => call ?? []);

  async function take(kept: Kept<CallRecord> | undefined): Promise<RecoveredCall | undefined> {
    if (!kept || !isOpen(kept.value) || !isLeft(kept.value.by)) return undefined;
    const mine = await calls.takeOver(kept, () => undefined);
    if (!mine) {
      // A frozen process may have written at the moment it woke, before it knew that it has lost the call.
      const now = await records.read(kept.name, CallRecord);
      return now?.version === kept.version ? undefined : take(now);
    }
    const response = mine.answer;
    response.catch(() => undefined); // whoever reads it hears of it
    const { id, key, body, sentAt } = kept.value;
    const { method, params } = JSON.parse(body) as JSONRPCRequest;
    return { id, key, method, params, sentAt: new Date(sentAt), response };
  }
}

const isOpen = ({ response, unknown }: CallRecord): boolean => !response && unknown === undefined;
