/** Features, row 61: `callTool` runs a handler again at every wait, and reports the first difference between runs. */
import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { DurableMcpServer, StepFailed, ToolError, type DurableContext } from 'durable-mcp';
import { callTool, textOf } from 'durable-mcp/testing';
import { question } from '../fixtures/askingApp';

type Handler = (ctx: DurableContext) => Promise<string>;

const appOf = (handler: Handler) => () => {
  const server = new DurableMcpServer({ name: 'called', version: '1.0.0' });
  server.registerTool('tool', {}, async (ctx) => ({ content: [{ type: 'text', text: await handler(ctx) }] }));
  return server;
};
const accepted = { action: 'accept', content: { tip: 3 } };

test('a handler with steps, a question and a long sleep ends, and each step has run once', async () => {
  const did: string[] = [];
  const app = appOf(async (ctx) => {
    const order = await ctx.atLeastOnce('reserve', () => did.push('reserved'));
    const answer = await ctx.elicit('confirm', question);
    await ctx.sleep('settle', '3 days');
    await ctx.atMostOnce('charge', () => did.push('charged'));
    await ctx.state.set('order', order);
    await ctx.progress(1);
    return `${answer.action} ${String(answer.content?.tip)}`;
  });
  const called = await callTool(app, 'tool', {}, { answers: { confirm: accepted } });
  expect(textOf(called.result)).toBe('accept 3');
  expect(did).toEqual(['reserved', 'charged']);
  expect(called.state).toEqual({ order: 1 });
  expect(called.requests).toMatchObject([{ method: 'elicitation/create', params: { message: 'Pay?' } }]);
  expect(called.notifications).toMatchObject([{ method: 'notifications/progress' }]);
  expect(called.attempts).toBeGreaterThan(1);
});

test('a race has the same winner at every run', async () => {
  const app = appOf(async (ctx) => {
    const who = await Promise.race([
      ctx.elicit('confirm', question).then(() => 'answered'),
      ctx.sleep('patience', '1h').then(() => 'nobody'),
    ]);
    await ctx.sleep('settle', '2h');
    return who;
  });
  expect(textOf((await callTool(app, 'tool', {}, { answers: { confirm: accepted } })).result)).toBe(
    'answered',
  );
  expect(textOf((await callTool(app, 'tool')).result)).toBe('nobody');
});

test('errors of steps are the same at every run, and are retried as in a worker', async () => {
  const seen: string[] = [];
  let tries = 0;
  const app = appOf(async (ctx) => {
    await ctx
      .atMostOnce('charge', () => {
        throw Object.assign(new RangeError('no funds'), { code: 'E1' });
      })
      .catch((error: unknown) => {
        if (error instanceof StepFailed)
          seen.push(`${error.cause.name} ${String(error.cause.code)} ${error.message}`);
      });
    await ctx.sleep('pause', '1h');
    return ctx.atLeastOnce('flaky', () => {
      if (++tries < 3) throw new Error('not yet');
      return `try ${tries}`;
    });
  });
  expect(textOf((await callTool(app, 'tool')).result)).toBe('try 3');
  expect(new Set(seen)).toEqual(new Set(['RangeError E1 no funds']));
  expect(seen.length).toBeGreaterThan(2);
});

test.each<[string, Handler, RegExp]>([
  [
    'a name that is made anew at each run',
    async (ctx) => {
      await ctx.atMostOnce(`charge ${randomUUID()}`, () => 1);
      await ctx.sleep('settle', '1h');
      return 'done';
    },
    /comes to the atMostOnce "charge .*" instead of the atMostOnce "charge/,
  ],
  [
    'a way that is decided outside of steps',
    (() => {
      let runs = 0;
      return async (ctx: DurableContext) => {
        await ctx.atLeastOnce(runs++ === 0 ? 'one' : 'another', () => 1);
        await ctx.sleep('settle', '1h');
        return 'done';
      };
    })(),
    /comes to the atLeastOnce "another" instead of the atLeastOnce "one"/,
  ],
  [
    'a question that is worded anew',
    (() => {
      let runs = 0;
      return async (ctx: DurableContext) => {
        const { action } = await ctx.elicit('confirm', { ...question, message: `Pay, at run ${runs++}?` });
        await ctx.sleep('settle', '1h');
        return action;
      };
    })(),
    /comes to the ask "confirm" with .*at run 1.* instead of the ask "confirm" with .*at run 0/,
  ],
  [
    'an answer that is made outside of steps',
    async (ctx) => `${await ctx.atLeastOnce('id', () => 7)} ${randomUUID()}`,
    /Run again over the same steps, the handler of tool answers .* instead of/,
  ],
])('reports %s', async (_what, handler, problem) => {
  const answers = { confirm: accepted };
  await expect(callTool(appOf(handler), 'tool', {}, { answers })).rejects.toThrow(problem);
});

test('a wait holds nothing for ever: what a handler holds is released when its run ends', async () => {
  let held = 0;
  const app = appOf(async (ctx) => {
    if (held > 0) throw new ToolError('held by a run that is over');
    held++;
    try {
      await ctx.sleep('hold', '1h');
    } finally {
      held--;
    }
    return 'released';
  });
  expect(textOf((await callTool(app, 'tool')).result)).toBe('released');
});

test('a question that has no answer is named', async () => {
  const app = appOf(async (ctx) => (await ctx.elicit('confirm', question)).action);
  await expect(callTool(app, 'tool')).rejects.toThrow(/give callTool an answer for confirm/);
});

test('a step or a map in a callback that has lost its call is refused with a sentence', async () => {
  const elsewhere = new EventEmitter();
  const detached = new AsyncResource('pool'); // created outside of any call, like the connections of a pool
  elsewhere.on('query', (done: () => void) => detached.runInAsyncScope(done));
  const app = appOf(
    (ctx) =>
      new Promise((resolve, reject) => {
        elsewhere.emit('query', () => {
          ctx.state.set('lost', 1).then(() => resolve('written'), reject);
        });
      }),
  );
  const { result } = await callTool(app, 'tool');
  expect(result.isError).toBe(true);
  expect(textOf(result)).toMatch(/context of its call is lost.*AsyncResource\.bind/);
});
