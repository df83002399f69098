/**
 * One MCP session, from `initialize` to its end. Requests come as signals and become calls; everything that the session
 * says or does is an event of this workflow's history, which is also the log that the HTTP nodes read.
 *
 * Runs in Temporal's sandbox: nothing here may depend on anything but the history. No author's code runs here.
 */
import { condition, continueAsNew, patched, proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { SessionInput } from '../../src/wire/session';
import { handleMessages } from './messages';
import { MAXIMUM_CARRIED_BYTES, SessionRun } from './sessionRun';

/**
 * A run is continued as new only when no call is in flight, since an activity does not cross. So new calls wait then, this long at most
 * before they are started after all; only at the limit (runLength.ts) they wait until the others have ended.
 */
const HOLD_MS = 1_000;
/**
 * After the last answer, before the run is continued: whoever has it sends the next request now, and Temporal refuses to continue a run
 * that a signal has reached meanwhile ("UnhandledCommand"); the worker then replays all of it. (`npm run endurance`)
 */
const SETTLE_MS = 100;
/** A client that has opened a session says at once that it has (specification 2025-11-25, lifecycle); one that does not has gone. */
const INITIALIZED_WITHIN_MS = 60_000;

const { leaveTopics } = proxyActivities<Activities>({ scheduleToCloseTimeout: '1m' });

export async function mcpSession(input: SessionInput): Promise<void> {
  const run = new SessionRun(input, patched('0.3'));
  // Before the handlers: a cancellation that came before this run's first task must find its call.
  run.calls.restore(input.carried?.suspended ?? [], input.carried?.waiting ?? []);
  void run.wakeUps.wake(input.carried?.waking ?? []);
  handleMessages(run);
  await untilEnd(run, input.idleTtlMs);
  await end(run);
}

/** Resolves when the client has ended the session, or has not been heard of for its time to live. Continues long runs as new. */
async function untilEnd(run: SessionRun, idleTtlMs: number): Promise<void> {
  // Runs from before 0.2 hold no calls: they are continued at once, at whatever moment has none in flight.
  const mayContinueAsNew = () =>
    run.length.isLong &&
    ((patched('calls are held') && run.length.mayTry) || (run.isQuiet() && run.fitsNextRun()));

  if (run.isOf03 && !run.initialized) {
    const hasBegun = () => run.ended || run.initialized;
    if (!(await condition(hasBegun, Math.min(INITIALIZED_WITHIN_MS, idleTtlMs)))) run.ended = true;
  }

  // One timer for each time to live, not for each message: a timer's events would cost more than a call's.
  for (;;) {
    // A client that is asked and says nothing does not keep its session.
    const idleForMs = () => (run.calls.awaitClient ? Date.now() - run.lastHeardAt : 0);
    const woken = await condition(
      () => run.ended || mayContinueAsNew(),
      Math.max(idleTtlMs - idleForMs(), 1),
    );
    if (run.ended || (!woken && idleForMs() >= idleTtlMs)) return;
    if (!mayContinueAsNew()) continue;
    if (patched('calls are held')) await tryContinueAsNew(run);
    else await continueAsNew<typeof mcpSession>(run.next());
  }
}

/** Continues as new as soon as no call is in flight; returns if that does not come about. */
async function tryContinueAsNew(run: SessionRun): Promise<void> {
  run.draining = true;
  const isDone = () => run.ended || run.isQuiet();
  await condition(isDone, HOLD_MS);
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
  run.ended = true; // those that wait do not start in the place of those that are cancelled
  calls.cancelAll('The session has ended.');
  const { uris } = subscriptions.snapshot();
  const left = run.isOf03 && uris.length > 0 ? leaveTopics({ sessionId: session.id, uris }) : undefined;
  await wakeUps.wake([...new Set([...listeners.wakeAt('all'), ...calls.wakeAtAll])]);
  // The session stays until each call has undone what it did, which needs its journal.
  if (!calls.haveEnded && patched('cancelled calls undo')) await condition(() => calls.haveEnded);
  await left?.catch(() => undefined); // a resource forgets an ended session itself when it has something to tell
}
