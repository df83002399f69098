/** `callTool` runs the handler again at every wait, as a worker does after a crash, and fails where two runs differ. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTool } from 'durable-mcp/testing';
import app from '../src/server.js';

test('an order is placed once, however often the handler runs', async () => {
  const { result } = await callTool(app, 'order', { product: 'lamp', quantity: 2 });
  assert.match(JSON.stringify(result.content), /Order \S+: 2 × lamp/);
});
