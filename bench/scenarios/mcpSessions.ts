/** Rounds in sessions of the official client that are opened once and used concurrently. */
import { McpSession } from '../subjects/mcpSession';
import type { Endpoint, Round } from '../subjects/subject';
import type { Running } from './scenario';

export async function inSessions(
  { url }: Endpoint,
  count: number,
  round: (sessions: McpSession[]) => Promise<Round>,
): Promise<Running> {
  const opened = await Promise.all(Array.from({ length: count }, () => McpSession.open(url)));
  return {
    round: () => round(opened),
    end: async () => void (await Promise.all(opened.map((session) => session.close()))),
  };
}
