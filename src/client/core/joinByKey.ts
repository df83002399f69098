/** A call with a key: begun once, and found again by the key in any process. */
import { setTimeout as pause } from 'node:timers/promises';
import type { JSONRPCResponse } from '../../wire/messages';
import { OutcomeUnknown } from '../errors';
import { assertSame, KeyExists, type Calls, type NewCall } from './calls';
import { Membership } from './membership';
import type { OpenCall } from './openCall';
import type { Kept, Records } from './records';
import { CallRecord } from './shapes';

/** How often a process looks for the answer of a call that another one has. */
const LOOK_MS = 500;

export interface Joining {
  readonly records: Records;
  readonly calls: Calls;
  readonly prefix: string;
  /** @throws Closed */
  assertOpen(): void;
}

/** @throws KeyConflict, OutcomeUnknown, and what the call fails with */
export async function joinByKey(
  joining: Joining,
  start: NewCall,
  onOpen: (call: OpenCall) => void,
): Promise<JSONRPCResponse> {
  for (;;) {
    try {
      return await joining.calls.start(start, onOpen);
    } catch (error) {
      if (!(error instanceof KeyExists)) throw error;
      const response = await joined(joining, error.recordName, start, onOpen);
      if (response) return response;
    }
  }
}

/** Resolves with `undefined` if the call is not there any more. */
async function joined(
  { records, calls, prefix, assertOpen }: Joining,
  name: string,
  { message }: NewCall,
  onOpen: (call: OpenCall) => void,
): Promise<JSONRPCResponse | undefined> {
  for (;;) {
    const kept = await records.read(name, CallRecord);
    if (!kept) return undefined;
    const { id, response, unknown, by } = kept.value;
    assertSame(kept.value, message);
    if (response) return response;
    if (unknown !== undefined) throw new OutcomeUnknown(unknown, id);
    const here = calls.join(id, onOpen);
    if (here) return here;
    if (by !== prefix && !(await isAlive(by, records))) {
      const mine: Kept<CallRecord> | undefined = await records.replace(
        kept,
        { ...kept.value, by: prefix },
        24 * 60 * 60 * 1_000,
      );
      if (mine) return calls.takeUp(mine, onOpen);
    }
    await pause(LOOK_MS);
    assertOpen();
  }
}

const isAlive = async (by: string, records: Records): Promise<boolean> =>
  Membership.living(await records.list()).has(by);
