/**
 * One MCP session, from `initialize` to its end. Requests come as signals and become calls. Everything that
 * the session sends or does is an event in this workflow's history, which is also the log that the HTTP nodes
 * read.
 *
 * This code runs in Temporal's sandbox and may depend on nothing but the history. It runs no code of the
 * author.
 */
import { condition, continueAsNew, proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { SessionInput } from '../../src/wire/session';
import { handleMessages } from './messages';
import { MAXIMUM_CARRIED_BYTES, SessionRun } from './sessionRun';
import { beginRun, has } from '../changes';

/**
 * A run continues as new only while no call is in flight, since an activity cannot cross. New calls wait
 * meanwhile, at most this long; only at the limit (runLength.ts) do they wait until the others have ended.
 */
const DRAIN_MS = 1_000;
/**
 * Pause between the last answer and continue-as-new. A client with its answer sends the next request now, and
 * Temporal refuses to continue a run that a signal has reached meanwhile ("UnhandledCommand"); the worker
 * would then replay the whole run. (`npm run endurance`)
 */
const SETTLE_MS = 100;
/**
 * A client sends `notifications/initialized` right after `initialize` (specification 2025-11-25, lifecycle);
 * a client that does not has left.
 */
const INITIALIZED_WITHIN_MS = 60_000;

const { leaveTopics } = proxyActivities<Activities>({ scheduleToCloseTimeout: '1m' });

export async function mcpSession(input: SessionInput): Promise<void> {
  beginRun();
  const run = new SessionRun(input, has('0.3'));
  // Before the handlers are set: a cancellation from before this run's first task must find its call.
  run.calls.restore(input.carried?.suspended ?? [], input.carried?.waiting ?? []);
  void run.wakeUps.wake(input.carried?.waking ?? []);
  handleMessages(run);
  await untilEnd(run, input.idleTtlMs);
  await end(run);
}

/**
 * Resolves when the client has ended the session, or has been idle for the time to live. Continues long runs
 * as new.
 */
async function untilEnd(run: SessionRun, idleTtlMs: number): Promise<void> {
  // Runs from before 0.2 do not hold calls back: they continue as new whenever no call is in flight.
  const mayContinueAsNew = () =>
    run.length.isLong &&
    ((has('calls are held') && run.length.mayTry) || (run.isQuiet() && run.fitsNextRun()));

  if (run.isOf03 && !run.initialized) {
    const hasBegun = () => run.ended || run.initialized;
    if (!(await condition(hasBegun, Math.min(INITIALIZED_WITHIN_MS, idleTtlMs)))) run.ended = true;
  }

  // One timer per time to live rather than per message, since a timer's events would cost more than a call's.
  for (;;) {
    // A call that only waits for its client does not keep the session alive.
    const idleForMs = () => (run.calls.awaitClient ? Date.now() - run.lastSeenAt : 0);
    const woken = await condition(
      () => run.ended || mayContinueAsNew(),
      Math.max(idleTtlMs - idleForMs(), 1),
    );
    if (run.ended || (!woken && idleForMs() >= idleTtlMs)) return;
    if (!mayContinueAsNew()) continue;
    if (has('calls are held')) await tryContinueAsNew(run);
    else await continueAsNew<typeof mcpSession>(run.next());
  }
}

/** Continues as new as soon as no call is in flight; returns if that does not happen. */
async function tryContinueAsNew(run: SessionRun): Promise<void> {
  run.draining = true;
  const isDone = () => run.ended || run.isQuiet();
  await condition(isDone, DRAIN_MS);
  if (run.length.isAtLimit && !isDone()) {
    if (run.isOf03) run.calls.handOver(MAXIMUM_CARRIED_BYTES - run.bytesOfNext());
    await condition(isDone);
  }
  if (isDone()) await sleep(SETTLE_MS);
  if (run.ended) return;
  if (run.isQuiet() && run.fitsNextRun()) await continueAsNew<typeof mcpSession>(run.next());
  run.draining = false;
  run.length.hasTried();
  run.calls.startWaiting();
}

async function end(run: SessionRun): Promise<void> {
  const { calls, listeners, session, subscriptions, wakeUps } = run;
  run.ended = true; // keeps waiting calls from starting in place of the cancelled ones
  calls.cancelAll('The session has ended.');
  const { uris } = subscriptions.snapshot();
  const left = run.isOf03 && uris.length > 0 ? leaveTopics({ sessionId: session.id, uris }) : undefined;
  await wakeUps.wake([...new Set([...listeners.wakeAt('all'), ...calls.wakeAtAll])]);
  // Waits until each call has undone what it did, which needs the call's journal.
  if (!calls.haveEnded && has('cancelled calls undo')) await condition(() => calls.haveEnded);
  await left?.catch(() => undefined); // a resource also drops an ended session when it next notifies it
}
