/** The names of 0.2 work for one more release, with one warning per old form and process. (src/api/deprecation.ts) */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import {
  AtMostOnceFailedBeforeCompleting,
  DurableMcpServer,
  StepOutcomeUnknown,
  durableMap,
} from '../../src';
import { AnyServer } from '../../src/mcp/sdk/anyServer';
import { policyOf } from '../../src/api/policyOf';
import type { Durability } from '../../src/api/durability';
import { ROOT } from '../fixtures/root';

function policyFor(durability: Durability, annotations = {}) {
  const server = new DurableMcpServer({ name: 'd', version: '1' });
  server.registerTool('tool', { annotations, durability } as object, () => ({ content: [] }));
  const call = { jsonrpc: '2.0' as const, id: 1, method: 'tools/call', params: { name: 'tool' } };
  return policyOf(AnyServer.of(server), call, 'at-most-once');
}
const readOnlyHint = true;

test('`short` and `execution: inline` are what every at-least-once call is, and `none` is `execution: node`', () => {
  for (const former of [{ execution: 'inline' as const }, { short: true }, { short: false }])
    expect(policyFor(former)).toEqual(policyFor({}));
  expect(policyFor({ execution: 'node' }, { readOnlyHint })).toBe('none');
  expect(policyFor('none', { readOnlyHint })).toBe('none');
});

test('what cannot be meant is refused when the tool is registered, also where no compiler looks', () => {
  const refusals: [unknown, object, RegExp][] = [
    [{ delivery: 'at-most-once', retry: {} }, {}, /at-most-once and has retry/],
    [{ delivery: 'at-most-once', execution: 'inline' }, {}, /inline and at-most-once/],
    [{ short: true }, { destructiveHint: true }, /inline and at-most-once/],
    [{ execution: 'node' }, {}, /not read-only/],
    [{ execution: 'node', timeout: '1s' }, { readOnlyHint }, /no delivery, retry or timeout/],
    [{ execution: 'worker' }, {}, /durability is not valid/],
  ];
  for (const [durability, annotations, reason] of refusals)
    expect(() => policyFor(durability as Durability, annotations)).toThrow(reason);
});

test('each former form is warned of once in a process, however many servers are built', async () => {
  const script = `
    const { DurableMcpServer } = require('durable-mcp');
    for (let servers = 0; servers < 3; servers++) {
      const server = new DurableMcpServer({ name: 'old', version: '1' });
      const annotations = { readOnlyHint: true };
      for (const name of ['a', 'b']) server.registerTool('short-' + name, { durability: { short: true } }, () => ({ content: [] }));
      server.registerTool('none', { durability: 'none', annotations }, () => ({ content: [] }));
      server.registerTool('inline', { durability: { execution: 'inline' } }, () => ({ content: [] }));
      server.registerTool('node', { durability: { execution: 'node' }, annotations }, () => ({ content: [] }));
    }`;
  const { stderr } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: ROOT });
  expect(stderr.match(/DeprecationWarning/g)).toHaveLength(2);
  expect(stderr).toMatch(/\[DURABLE_MCP_SHORT\] DeprecationWarning: The tool short-a .* leave it out/);
  expect(stderr).toMatch(/\[DURABLE_MCP_NONE\] DeprecationWarning: The tool none .* execution: 'node'/);
});

test('an unknown outcome is caught by either name, from any copy of the package, and keeps the name that histories have', () => {
  const thrown = new StepOutcomeUnknown('charge');
  const ofAnotherCopy = Object.assign(new Error(), { name: 'AtMostOnceFailedBeforeCompleting' });
  for (const error of [thrown, ofAnotherCopy]) {
    expect(error).toBeInstanceOf(StepOutcomeUnknown);
    expect(error).toBeInstanceOf(AtMostOnceFailedBeforeCompleting);
  }
  expect(thrown.name).toBe('AtMostOnceFailedBeforeCompleting');
  expect(new Error()).not.toBeInstanceOf(StepOutcomeUnknown);
});

test('a map has the former words of its methods', () => {
  const map = durableMap('m');
  expect([map.insert, map.remove, map.range]).toEqual([map.set, map.delete, map.entries]);
});
