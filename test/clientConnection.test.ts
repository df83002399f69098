/** Every feature of a connection, with each kind of server, over both transports. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { textOf, until } from 'durable-mcp/testing';
import { KINDS, serve, WITH_SESSIONS, type Served } from './fixtures/connection/served';

describe.each(KINDS)('%s', (kind) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(kind);
  });
  afterEach(() => served.endConnections());
  afterAll(() => served.stop());

  test('calls tools; what a tool says of its failure is a result, what the server refuses an error', async () => {
    const connection = await served.connect();
    expect(textOf(await connection.callTool('echo', { value: 'hello' }))).toBe('hello');
    expect(await connection.callTool('fail')).toMatchObject({ isError: true });
    await expect(connection.callTool('refuse')).rejects.toMatchObject({
      constructor: McpError,
      code: -32602,
      data: { why: 'a test' },
    });
    await expect(connection.callTool('nowhere')).rejects.toThrow('no nowhere here');
  });

  test('what a tool returns fits its output schema', async () => {
    const connection = await served.connect();
    await connection.listTools();
    expect(await connection.callTool('weather')).toMatchObject({ structuredContent: { degrees: 21 } });
    await expect(connection.callTool('wrong-weather')).rejects.toThrow(/does not match .*output schema/);
  });

  test('lists have all pages, and are the same until they change', async () => {
    const connection = await served.connect();
    const tools = await connection.listTools();
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['echo', 'weather', 'crash']));
    expect((await connection.listPrompts()).map(({ name }) => name)).toEqual(['first', 'second']);
    expect((await connection.listResources()).map(({ uri }) => uri)).toEqual(['note://one', 'note://two']);
    expect(await connection.listResourceTemplates()).toMatchObject([{ uriTemplate: 'note://{name}' }]);
    const asked = served.ledger.count('tools from 0');
    tools.length = 0; // what a caller does with its list changes no other's
    expect(await connection.listTools()).not.toEqual([]);
    expect(served.ledger.count('tools from 0')).toBe(asked);
  });

  test("with lists: 'fetch', each list is asked for", async () => {
    const connection = await served.connectRecorded({ lists: 'fetch' });
    const before = served.count('tools/list');
    await connection.listTools();
    const pages = served.count('tools/list') - before;
    await connection.listTools();
    expect(served.count('tools/list') - before).toBe(2 * pages);
    await connection.callTool('echo', { value: '1' }); // a server that does not join is asked once more
    const asked = served.count('tools/list');
    await connection.callTool('echo', { value: '2' });
    expect(served.count('tools/list')).toBe(asked);
  });

  test('reads resources, gets prompts, completes, pings', async () => {
    const connection = await served.connect();
    expect(await connection.readResource('note://one')).toMatchObject({
      contents: [{ text: 'read note://one' }],
    });
    expect(await connection.getPrompt('first', { city: 'Rome' })).toMatchObject({
      messages: [{ content: { text: 'To Rome' } }],
    });
    const completed = await connection.complete({
      ref: { type: 'ref/prompt', name: 'first' },
      argument: { name: 'city', value: 'B' },
    });
    expect(completed.completion.values).toEqual(['Berlin', 'Bonn']);
    await connection.ping();
  });

  test('progress goes to the call, and to all who listen, by its id', async () => {
    const heard: unknown[] = [];
    const ofCall: number[] = [];
    const connection = await served.connect({
      on: { progress: ({ progress }, id) => void heard.push([progress, id]) },
    });
    ['counts 1', 'counts 2', 'counts'].forEach((gate) => {
      served.ledger.open(gate);
    });
    const onProgress = ({ progress }: { progress: number }) => void ofCall.push(progress);
    const call = connection.startTool('wait', { name: 'counts', steps: 2 }, { onProgress });
    expect(textOf(await call.result)).toBe('counts ended');
    expect(ofCall).toEqual([1, 2]);
    expect(heard).toEqual([
      [1, call.id],
      [2, call.id],
    ]);
  });

  test('the state, and what is known of the session', async () => {
    const states: string[] = [];
    const connection = await served.connect({ on: { state: (state) => void states.push(state) } });
    expect(connection.state).toBe('connected');
    expect(connection.session).toMatchObject({
      protocolVersion: '2025-11-25',
      serverInfo: { name: 'connection' },
      instructions: 'Try it.',
      restored: false,
      joins: kind === 'durable-mcp' ? 1_000 : 0,
    });
    expect(typeof connection.session?.sessionId).toBe(
      kind === 'durable-mcp' || kind === 'SDK, HTTP' ? 'string' : 'undefined',
    );
    await connection.close();
    expect(states).toEqual(['connecting', 'initializing', 'connected', 'closing', 'closed']);
    await expect(connection.ping()).rejects.toThrow(/was closed.*connect again/);
  });

  test('a handler of the caller that throws harms nothing', async () => {
    const warnings: string[] = [];
    const connection = await served.connect({
      onWarning: (message) => void warnings.push(message),
      on: {
        state: () => {
          throw new Error('a handler of the test');
        },
      },
    });
    expect(textOf(await connection.callTool('echo', { value: 'on' }))).toBe('on');
    expect(warnings).toContain('on.state threw an error.');
  });

  test('a list that does not end is refused', async () => {
    const connection = await served.connect();
    served.ledger.open('prompts never end');
    await expect(connection.listPrompts()).rejects.toThrow(
      'list of prompts does not end: it gave out the cursor "again" twice',
    );
  });
});

describe.each(WITH_SESSIONS)('%s, with what it says and asks by itself', (kind) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(kind);
  });
  afterEach(() => served.endConnections());
  afterAll(() => served.stop());

  test("answers the server's questions, and declares only what it answers", async () => {
    const asked: string[] = [];
    const connection = await served.connect({
      on: {
        elicit: async ({ message }) => {
          asked.push(message);
          return { action: 'accept', content: { name: 'Ada' } };
        },
        sample: async () => ({ role: 'assistant', model: 'mine', content: { type: 'text', text: 'hi' } }),
        roots: () => [{ uri: 'file:///work' }],
      },
    });
    expect(textOf(await connection.callTool('elicit'))).toBe('Ada');
    expect(textOf(await connection.callTool('sample'))).toBe('mine');
    expect(textOf(await connection.callTool('roots'))).toBe('file:///work');
    expect(asked).toEqual(['Who?']);

    const deaf = await served.connect({ namespace: 'deaf' });
    const declared = JSON.parse(textOf(await deaf.callTool('capabilities'))) as object;
    expect(declared).not.toHaveProperty('elicitation');
    expect(declared).not.toHaveProperty('sampling');
    expect(declared).not.toHaveProperty('roots');
  });

  test('log messages come from the level that was set', async () => {
    const heard: unknown[] = [];
    const connection = await served.connect({ on: { log: ({ data }) => void heard.push(data) } });
    await connection.callTool('log');
    await until(() => heard.length >= 2);
    await connection.setLogLevel('warning');
    await connection.callTool('log');
    await until(() => heard.length >= 3);
    expect(heard).toEqual(['said as debug', 'said as warning', 'said as warning']);
  });

  test('updates of what is subscribed to, until it is not', async () => {
    const heard: string[] = [];
    const connection = await served.connect({ on: { resourceUpdated: (uri) => void heard.push(uri) } });
    await connection.subscribe('note://one');
    await connection.subscribe('note://two');
    await connection.callTool('touch', { uri: 'note://one' });
    await until(() => heard.length >= 1);
    await connection.unsubscribe('note://one');
    await connection.callTool('touch', { uri: 'note://one' });
    await connection.callTool('touch', { uri: 'note://two' });
    await until(() => heard.length >= 2);
    expect(heard).toEqual(['note://one', 'note://two']);
  });

  test('after list_changed the list is asked for again, also if it changed while it was fetched', async () => {
    const heard: string[] = [];
    const connection = await served.connect({ on: { listChanged: (list) => void heard.push(list) } });
    const before = await connection.listTools();
    await connection.callTool('announce', { list: 'tools' });
    await until(() => heard.length >= 1);
    served.ledger.open('lists wait');
    const seconds = served.ledger.count('tools from 4');
    const listing = connection.listTools();
    await until(() => served.ledger.count('tools from 4') > seconds);
    served.ledger.open('added');
    await connection.client.callTool({ name: 'announce', arguments: { list: 'tools' } });
    await until(() => heard.length >= 2);
    served.ledger.open('lists go on');
    const names = (await listing).map(({ name }) => name);
    expect(names).toContain('added');
    expect(names).toHaveLength(before.length + 1);
    expect(heard).toEqual(['tools', 'tools']);
  });
});
