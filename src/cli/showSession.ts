/** `durable-mcp sessions show`: the state of one session, and its log, one line per event. */
import type { Client } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import { callKey } from '../wire/call';
import type { StreamEvent } from '../log/streamEvent';
import { readLog } from '../log/readLog';
import { isAfter } from '../log/resume';
import { LogState, type OpenRequest } from '../log/state';
import type { ConnectionValues } from './connection';
import { findSession, startOf, statusOf, withClient, type Found } from './findSession';
import { duration, print, printable, table } from './print';
import { Timeline, idOf, titleOf } from './timeline';
import { logOfSession } from '../wire/logRef';

export async function showSession(
  options: ConnectionValues,
  id: string,
  { follow }: { follow: boolean },
): Promise<void> {
  await withClient(options, async (client) => {
    const found = await findSession(client, id);
    const { run } = await startOf(client, found);
    const state = new LogState();
    const timeline = new Timeline();
    const lines: string[] = [];
    let last: StreamEvent | undefined;
    for await (const event of readLog(client, { ref: logOfSession(found.id), run, wait: false })) {
      state.apply(event);
      const line = timeline.line(event);
      if (line) lines.push(line);
      last = event;
    }
    for (const line of [...(await headerOf(client, found, state)), '', ...lines]) await print(line);
    if (!follow || !last || state.ended) return;
    for await (const event of readLog(client, { ref: logOfSession(found.id), run: last.run, wait: true })) {
      const line = isAfter(event, last) ? timeline.line(event) : undefined;
      if (line) await print(line);
    }
  });
}

async function headerOf(client: Client, found: Found, state: LogState): Promise<string[]> {
  const { session, initialized, logLevel, inFlight, lastActivity } = state;
  const now = new Date();
  const rows = [
    ['session', found.id],
    ['client', printable(`${session.client.name} ${session.client.version}`)],
    ['protocol', session.protocolVersion],
    ['principal', printable(session.principal)],
    ['state', `${statusOf(found, state)}, ${initialized ? '' : 'not '}initialized`],
    ['log level', logLevel ?? 'not set'],
    ['last activity', `${duration(lastActivity, now)} ago`],
    ['calls in flight', String(inFlight.size)],
  ];
  const calls = await Promise.all(
    [...inFlight].map(
      async ([stream, open]) =>
        `  ${idOf(stream)} ${titleOf(open.message)}, for ${duration(open.since, now)}${await retryOf(client, found, open)}`,
    ),
  );
  return [...table(rows), ...calls];
}

/**
 * Temporal writes the attempts of an activity into the history only when the activity has ended. Until then,
 * the description of the workflow tells the number of the attempt and the last failure.
 */
async function retryOf(client: Client, { execution }: Found, { message }: OpenRequest): Promise<string> {
  const activityId = `request ${callKey(message.id)}`;
  const pending = execution.raw.pendingActivities?.find((activity) => activity.activityId === activityId);
  if (!pending?.attempt || pending.attempt < 2) return '';
  const { loadedDataConverter } = client.options;
  const failure = await decodeOptionalFailureToOptionalError(loadedDataConverter, pending.lastFailure);
  return printable(`, attempt ${pending.attempt} after: ${failure?.message ?? ''}`);
}
