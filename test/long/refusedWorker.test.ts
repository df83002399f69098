/** A worker whose credentials Temporal does not take any more: it tries for a minute, and then says what is wrong. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { startCommand } from 'durable-mcp/testing';
import { type Gate, startGate } from '../fixtures/gate';

let gate: Gate;
afterAll(() => gate.close());

test('a worker that Temporal refuses ends with the reason, and with what to do', async () => {
  gate = await startGate(process.env.TEST_TEMPORAL!);
  const args = ['--temporal', gate.address, '--task-queue', `test-${randomUUID()}`];
  const worker = await startCommand(['worker', 'test/fixtures/app.ts', ...args]);
  gate.refuse({ methods: /^Poll/, code: 16, message: 'Request unauthorized: the token has expired.' });
  expect(await worker.exited).toBe(1);
  const [last, ...before] = worker.output().trim().split('\n').reverse();
  expect(last).toMatch(
    /^durable-mcp: Temporal at \S+ refuses this worker: .*the token has expired.*; check .*credentials/,
  );
  expect(before.join('\n')).not.toContain('"error":{}');
}, 180_000);
