/** A worker whose credentials Temporal no longer accepts retries for a minute, and then exits with the reason. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { startCommand } from 'durable-mcp/testing';
import { type Gate, startGate } from '../fixtures/gate';

const gates: Gate[] = [];
afterAll(() => Promise.all(gates.map((gate) => gate.close())));

/** gRPC's UNAUTHENTICATED and PERMISSION_DENIED. */
const REFUSALS = [
  { code: 16, message: 'Request unauthorized: the token has expired.' },
  { code: 7, message: 'Request unauthorized: the key may not poll.' },
];

test.each(REFUSALS)(
  'a worker that Temporal refuses with $code ends with the reason, and with what to do',
  async (refusal) => {
    const gate = await startGate(process.env.TEST_TEMPORAL!);
    gates.push(gate);
    const args = ['--temporal', gate.address, '--task-queue', `test-${randomUUID()}`];
    const worker = await startCommand(['worker', 'test/fixtures/app.ts', ...args]);
    gate.refuse({ methods: /^Poll/, ...refusal });
    expect(await worker.exited).toBe(1);
    const [last, ...before] = worker.output().trim().split('\n').reverse();
    expect(last).toMatch(/^durable-mcp: Temporal at \S+ refuses this worker: .*; check .*credentials/);
    expect(last).toContain(refusal.message);
    expect(before.join('\n')).not.toContain('"error":{}');
  },
  180_000,
);
