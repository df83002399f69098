/** The scopes of a tool that is registered only after `initialize` count at every call, also once the node has seen the server's list of tools. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGuarded, type Guarded } from './fixtures/guarded';

let guarded: Guarded;
beforeAll(async () => {
  guarded = await startGuarded(1, 1, [], 'test/fixtures/lateScopesApp.ts');
});
afterAll(() => guarded.stop());

test('refused after a call of a tool that is in no registration', async () => {
  const client = await guarded.open({ scope: 'other' });
  const status = async (id: number, tool: string) => {
    const response = await client.post(client.callMessage(id, tool));
    await response.text();
    return response.status;
  };
  expect(await status(2, 'handled')).toBe(200); // the node asks the server for its list of tools
  expect(await status(3, 'late')).toBe(403);
  client.token = guarded.token({ scope: 'admin' });
  expect(await status(4, 'late')).toBe(200);
});
