/** The activity of a call: runs an attempt, or adopts the first, which has begun inline. */
import { Context } from '@temporalio/activity';
import { type CallInput, type CallOutcome, type CallPolicy, type Suspended } from '../src/wire/call';
import { RpcCode, errorResponse } from '../src/wire/rpcErrors';
import { answerOfCancelled } from './answerOfCancelled';
import { asActivity } from './asActivity';
import type { CallsOfWorker } from './beginAttempt';
import { keyOf } from './heldAttempts';

export async function handleRequest(worker: CallsOfWorker, input: CallInput): Promise<CallOutcome> {
  const { broken, adopts, message, policy } = input;
  if (broken) return errorResponse(message.id, RpcCode.internalError, broken.reason);
  if (!adopts) return answerOfCancelled(input) ?? asActivity(worker, input);
  const { info } = Context.current();
  const key = keyOf(info, input);
  if (info.attempt > 1) {
    worker.held.giveUp(key); // a later attempt has taken its place
    return asActivity(worker, input);
  }
  const held = worker.held.adopt(key);
  if (!held) return notHere(policy);
  return 'response' in held ? held.response : asActivity(worker, input, held);
}

const notHere = ({ timeoutMs }: CallPolicy): Suspended => ({
  suspended: { steps: [], elsewhere: true },
  leg: { attempts: 0, thrown: 0, timeLeftMs: timeoutMs, said: { times: {} } },
});
