/** Tokens for other services: used in steps, in the caller's name, and recorded nowhere. */
import { expect, test } from '@jest/globals';
import { callTool } from 'durable-mcp/testing';
import { appWith } from './downstream';

const exchanged: string[] = [];
const app = appWith({
  exchange: (subject, audience) => {
    exchanged.push(`${subject} at ${audience}`);
    return Promise.resolve(`token of ${subject}`);
  },
  fetchBill: (token) => Promise.resolve(token === 'token of ada' ? 40 : 0),
});

test('a step calls another service with a token for it', async () => {
  const { result } = await callTool(app, 'bill', {}, { auth: { subject: 'ada', scopes: ['bills'] } });
  expect(result.content).toEqual([{ type: 'text', text: 'ada owes 40' }]);
  expect(exchanged).toEqual(['ada at https://bills.example.com']); // run again, the step has its value
});

test('a step that returns the token is refused', async () => {
  const { result } = await callTool(app, 'leak', {}, { auth: { subject: 'ada' } });
  expect(result.isError).toBe(true);
  expect(JSON.stringify(result)).toContain('A step must not return or throw a token');
});

test('where nobody is signed in there is no token in anybody’s name', async () => {
  const { result } = await callTool(app, 'bill');
  expect(JSON.stringify(result)).toContain('Nobody is signed in');
});
