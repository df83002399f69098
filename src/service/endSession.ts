/**
 * Ends a session for its client. Running calls are cancelled; once the DELETE is answered, every node answers
 * 404.
 */
import { setTimeout } from 'node:timers/promises';
import type { Tail } from '../log/tail';
import { SESSION_STREAM } from '../wire/eventId';
import { END_SIGNAL, type EndSignal } from '../wire/signals';
import type { ClientConnection } from './clientConnection';
import type { ServiceContext } from './context';
import { signal } from './toTemporal';

/**
 * Time for the other nodes to read the end in the log before the client gets its answer.
 * (`endedSession.test.ts`)
 */
const PROPAGATION_MS = 500;

export async function endSession(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
): Promise<void> {
  const live = tail.subscribe(SESSION_STREAM, connection);
  await signal<EndSignal>(context, tail, END_SIGNAL, { reason: 'deleted by the client' });
  for await (const event of live) if (event.kind === 'ended') break;
  live.close();
  await setTimeout(PROPAGATION_MS);
}
