// #region test
import { expect, test } from '@jest/globals';
import { callTool } from 'durable-mcp/testing';
import app from './server';

test('a customer who accepts pays', async () => {
  const answers = { confirm: { action: 'accept', content: { card: 'ada' } } };
  const { result, requests, state } = await callTool(app, 'checkout', { cart: 'tea' }, { answers });
  expect(result.content).toEqual([{ type: 'text', text: 'receipt for 40' }]);
  expect(requests).toHaveLength(1);
  expect(state).toHaveProperty('lastOrder');
});

test('a customer who declines does not', async () => {
  const answers = { confirm: { action: 'decline' } };
  const { result } = await callTool(app, 'checkout', { cart: 'tea' }, { answers });
  expect(result.content).toEqual([{ type: 'text', text: 'cancelled' }]);
});
// #endregion
