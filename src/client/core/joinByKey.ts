/** A call with a key: begun once, and found again by the key in any process. */
import { setTimeout as pause } from 'node:timers/promises';
import type { JSONRPCResponse } from '../../wire/messages';
import { OutcomeUnknown } from '../errors';
import { assertSame, KeyExists, type Calls, type NewCall } from './calls';
import { Membership } from './membership';
import type { OpenCall } from './openCall';
import type { Records } from './records';
import { CallRecord } from './shapes';

/** How often a process looks for the answer of a call that another one has. */
const LOOK_MS = 500;
/** How often it looks for one that it has itself, and whose record is being written. */
const LOOK_HERE_MS = 10;

export interface Joining {
  readonly records: Records;
  readonly calls: Calls;
  readonly prefix: string;
}

/**
 * `assertWanted` throws once nobody waits for the answer.
 * @throws KeyConflict, OutcomeUnknown, and what the call fails with
 */
export async function joinByKey(
  joining: Joining,
  start: NewCall,
  onOpen: (call: OpenCall) => void,
  assertWanted: () => void,
): Promise<JSONRPCResponse> {
  for (;;) {
    try {
      return await joining.calls.start(start, onOpen);
    } catch (error) {
      if (!(error instanceof KeyExists)) throw error;
      const response = await joined(joining, error.recordName, start, onOpen, assertWanted);
      if (response) return response;
    }
  }
}

/** Resolves with `undefined` if the call is not there any more. */
async function joined(
  { records, calls, prefix }: Joining,
  name: string,
  { message }: NewCall,
  onOpen: (call: OpenCall) => void,
  assertWanted: () => void,
): Promise<JSONRPCResponse | undefined> {
  for (;;) {
    const kept = await records.read(name, CallRecord);
    assertWanted();
    if (!kept) return undefined;
    const { id, response, unknown, by } = kept.value;
    assertSame(kept.value, message);
    if (response) return response;
    if (unknown !== undefined) throw new OutcomeUnknown(unknown, id);
    const here = calls.join(id, onOpen);
    if (here) return here;
    const isHeld = by === prefix ? calls.has(id) : await isAlive(by, records);
    const taken = isHeld ? undefined : await calls.takeOver(kept, onOpen);
    if (taken) return taken.answer;
    await pause(by === prefix ? LOOK_HERE_MS : LOOK_MS);
    assertWanted();
  }
}

const isAlive = async (by: string, records: Records): Promise<boolean> =>
  Membership.living(await records.list()).has(by);
