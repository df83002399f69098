/** Calls and streams that are held open. */
import http from 'node:http';
import { Recorded, type BareClient } from 'durable-mcp/testing';
import { UNCHANGED } from '../app';
import type { Attack } from '../attack';
import type { Field } from '../field';

const ASKING_CALLS = 500;
const READERS = 30;
const SESSIONS = 300;
const NEXT_READER_MS = 500;

export const STREAMS: readonly Attack[] = [
  {
    name: 'elicit',
    what: '500 calls of one session wait in `server.elicitInput` of an unchanged `McpServer`, at most once.',
    async run(field) {
      const client = await field.session(UNCHANGED, { elicitation: {} });
      await Promise.all(
        Array.from({ length: ASKING_CALLS }, async (_, n) => {
          while (!field.isOver) {
            const status = await field.call(client, n, 'ask');
            if (status === 200) return field.rest();
            await field.pause(1_000);
          }
        }),
      );
    },
  },
  {
    name: 'idle readers',
    what: 'A call says 7 MB; then 30 readers resume its stream and read nothing from their sockets.',
    async run(field) {
      const client = await field.session();
      const first = await firstEventOf(field, client);
      if (first !== undefined) await field.again(READERS, () => readNothing(field, client, first));
    },
  },
  {
    name: 'many sessions',
    what: '300 sessions with a call in flight each, at nodes that follow 50 by a long-poll (`--long-polls 50`).',
    nodeArgs: ['--long-polls', '50'],
    longer: 2,
    async run(field) {
      const calls: Promise<number>[] = [];
      let opened = 0;
      const open = async () => {
        while (opened++ < SESSIONS && !field.isOver) {
          const client = await field.session();
          calls.push(field.call(client, 1, 'night', { seconds: 60 }));
        }
      };
      await Promise.all(Array.from({ length: 20 }, open));
      await Promise.all(calls);
      await field.rest();
    },
  },
];

/**
 * Calls a tool that sends 7 MB, and reads its stream to the end. Resolves with the id of the stream's first
 * event.
 */
async function firstEventOf(field: Field, client: BareClient): Promise<string | undefined> {
  try {
    const abort = new AbortController();
    const response = await client.post(client.callMessage('loud', 'loud'), {}, field.within(60_000));
    field.count(response.status);
    const stream = new Recorded(response, abort);
    await stream.ended();
    return stream.events[0]?.id;
  } catch {
    field.count('cut');
    return undefined;
  }
}

/**
 * Resumes a stream and reads nothing of its body. Resolves when the node has closed the connection, or the
 * time is over.
 */
async function readNothing(field: Field, client: BareClient, lastEventId: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const headers = {
      accept: 'text/event-stream',
      'mcp-session-id': client.sessionId,
      'last-event-id': lastEventId,
    };
    const request = http.get(field.url, { headers, agent: false, signal: field.within(2 ** 30) });
    request.on('response', (response) => {
      field.count(response.statusCode ?? 0); // the body is not read
    });
    request.on('error', () => undefined);
    request.on('close', resolve);
  });
  await field.pause(NEXT_READER_MS);
}
