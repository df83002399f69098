/** Nothing keeps a process alive after its connection was closed, and no rejection goes unhandled. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connecting } from './fixtures/connection/inProcess';
import { KINDS, serve, type Served } from './fixtures/connection/served';

describe.each(KINDS)('%s', (kind) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(kind);
  });
  afterAll(() => served.stop());

  test('a process that connects, calls and closes ends by itself', async () => {
    expect(await connecting(served.target)).toEqual({
      result: { content: [{ type: 'text', text: 'by itself' }] },
      open: 'Closed',
    });
  });
});
