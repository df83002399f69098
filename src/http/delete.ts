/** DELETE: the client ends its session. Running calls are cancelled, and from the answer on every node says 404. */
import { setTimeout } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { SESSION_STREAM } from '../wire/eventId';
import { END_SIGNAL, type EndSignal } from '../wire/signals';
import { readerOf, principalOf, type NodeContext } from '../service/context';
import { sessionIdOf } from './guards';
import { signal } from '../service/toTemporal';

/** What other nodes have to read the end in their logs before anybody knows of it. (`endedSession.test.ts`) */
const HEARD_MS = 500;

export async function del(node: NodeContext, req: Request, res: Response): Promise<void> {
  await node.sessions.with(sessionIdOf(req), principalOf(req), async (tail) => {
    const live = tail.subscribe(SESSION_STREAM, readerOf(res));
    await signal<EndSignal>(node, tail, END_SIGNAL, { reason: 'deleted by the client' });
    for await (const event of live) if (event.kind === 'ended') break;
    live.close();
    await setTimeout(HEARD_MS);
    res.status(204).end();
  });
}
