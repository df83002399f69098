/** An attempt of a call in this worker, as an activity or inline. */
import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { isFinal } from '../src/api/errors';
import type { App } from '../src/mcp/app';
import { callKey, type CallInput } from '../src/wire/call';
import { workflowIdOf } from '../src/wire/session';
import { AdoptedCallLog, type Adoption } from './adoption';
import type { Begun, HeldAttempts } from './heldAttempts';
import { warnOfHeldWorker } from './heldWorkers';
import { Attempt } from './runAttempt';
import type { SessionTails } from './sessionTails';
import { TemporalCallLog } from './temporalCallLog';
import { realTime } from './time';

export interface CallSettings {
  /** How long a call that only waits occupies its activity slot. */
  readonly suspendAfterMs: number;
  /** For tests of handlers: discards each at-least-once attempt once at its end, as if its worker had died there. */
  readonly runsTwice: boolean;
  /** How many calls run at once. */
  readonly maxConcurrentCalls: number;
}

/** What the calls of a worker share. */
export interface CallsOfWorker {
  readonly app: App;
  /** Reaches the session workflows of the calls, for their steps and messages. */
  readonly client: Client;
  readonly tails: SessionTails;
  readonly held: HeldAttempts;
  readonly settings: CallSettings;
}

/** What earlier attempts of the call have left. */
export interface Before {
  readonly attempts: number;
  /** Attempts that ended without the death of their worker. */
  readonly endedWell: number;
  readonly thrown: number;
  /** The number of the last attempt that ended with an error; 0 if none did. */
  readonly lastThrown: number;
  readonly timeLeftMs: number;
  /** Time from the scheduling of the execution to that of the attempt. */
  readonly elapsedMs: number;
}

export function beginAttempt(
  { app, client, tails, settings }: CallsOfWorker,
  input: CallInput,
  before: Before,
  adoption?: Adoption,
): Begun {
  const { session, message, policy } = input;
  const call = callKey(message.id);
  const number = before.attempts + 1;
  const callLog = new TemporalCallLog(
    tails,
    client.workflow.getHandle(workflowIdOf(session.id)),
    session.id,
    { call, attempt: number, endedWell: before.endedWell, isOf03: input.handsOver === true },
  );
  const warn = (text: string, about?: Record<string, unknown>) => {
    log.warn(text, { call, session: session.id, ...about });
  };
  const attempt = new Attempt(app, input, adoption ? new AdoptedCallLog(callLog, adoption) : callLog, {
    attempt: number,
    endedWell: before.endedWell,
    lastThrown: before.lastThrown,
    timeLeftMs: before.timeLeftMs,
    elapsedMs: before.elapsedMs,
    suspendAfterMs: policy.delivery === 'at-least-once' ? settings.suspendAfterMs : undefined,
    runsAgainAfter: (thrown) => !isFinal(thrown) && before.thrown + 1 < policy.maximumAttempts,
    time: realTime,
    warn,
    promote: () => adoption?.promote(),
    onWait: (step) => {
      warnOfHeldWorker(app, input, step, warn);
    },
  });
  return { attempt, callLog };
}
