/** Opens sessions, uses each once, and abandons them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BareClient, until, type Cluster } from 'durable-mcp/testing';
import type { Memory } from './memory';

const AT_ONCE = 20;

export async function abandonedSessions(cluster: Cluster, memory: Memory, count: number): Promise<string> {
  const clients: BareClient[] = [];
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - opened) }, async () => {
        const client = await new BareClient(cluster.url).open();
        const stream = await client.call(1, 'echo', { value: client.sessionId });
        await stream.ended();
        assert.equal(stream.messages.length, 1);
        clients.push(client);
      }),
    );
  }
  const after = memory.report();
  // A minute after a session's last use, a node closes its reader of the session's log, which ends the reader's
  // long-poll at Temporal. Only then is the node idle.
  await until(() => Promise.all(cluster.nodes.map(isIdle)).then((idle) => idle.every(Boolean)), 180_000);
  const [first, last] = [clients[0], clients.at(-1)];
  for (const client of [first, last]) assert.ok(await client?.ask('ping'));
  return `abandoned: ${count} sessions opened, used once and left; the first still answers; at its end: ${after}`;
}

/** Whether the node used less than 5 % of a core for 5 s: its readers are then closed. */
async function isIdle({ pid }: { pid: number }): Promise<boolean> {
  const before = cpuTicks(pid);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  return cpuTicks(pid) - before < 25;
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
