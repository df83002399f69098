/**
 * Features, row 14: sessions that an earlier version began continue under this version. The current workflows
 * replay, and the current readers read, every history that a released version wrote.
 * (scripts/recordHistories.ts)
 */
import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { eventsOf, readEvents, readHistories } from './fixtures/histories';
import { workflowBundle } from './fixtures/replay';

test('every stored history replays', async () => {
  const stored = await readHistories();
  const workflows = new Set(stored.map(({ workflow }) => workflow));
  expect([...workflows].sort()).toEqual(['durableMap', 'mcpResource', 'mcpSession']);

  const histories = stored.map(({ name, history }) => ({ workflowId: name, history }));
  const failed: unknown[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    replayed++;
    if (error) failed.push([workflowId, error.message]);
  }
  expect(failed).toEqual([]);
  expect(replayed).toBe(stored.length);
});

test('every stored session is read to the same events, ids and all', async () => {
  const sessions = (await readHistories()).filter(({ workflow }) => workflow === 'mcpSession');
  expect(sessions.length).toBeGreaterThan(0);
  for (const { name, history } of sessions)
    expect({ name, events: await eventsOf(history) }).toEqual({ name, events: await readEvents(name) });
});
