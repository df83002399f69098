/**
 * Features, rows 31 and 32: tools, prompts, resources, templates and completion, as the official client sees
 * them behind a balancer.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, type Connected, connect, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let connected: Connected;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/completeApp.ts' });
  connected = await connect(cluster.url);
});
afterAll(async () => {
  await connected.client.close();
  await cluster.stop();
});

test('a tool: what is said of it, its structured output, `_meta` both ways', async () => {
  const { client, transport } = connected;
  const { tools } = await client.listTools();
  expect(tools).toMatchObject([
    {
      name: 'weather',
      title: 'Weather',
      description: 'Of a city',
      inputSchema: { properties: { city: { type: 'string' } }, required: ['city'] },
      outputSchema: { properties: { degrees: { type: 'number' } }, required: ['city', 'degrees'] },
      annotations: { readOnlyHint: true, openWorldHint: true },
      _meta: { 'example.com/unit': 'celsius' },
    },
  ]);
  const _meta = { 'example.com/why': 'picnic' };
  const result = await client.callTool({ name: 'weather', arguments: { city: 'Bonn' }, _meta });
  expect(result).toEqual({
    content: [{ type: 'text', text: '{"city":"Bonn","degrees":21}' }],
    structuredContent: { city: 'Bonn', degrees: 21 },
    _meta: { asked: 'picnic', session: transport.sessionId, client: 'test' },
  });
  const wrong = await client.callTool({ name: 'weather', arguments: { city: 'nowhere' } });
  expect(wrong).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/output/i) }] });
});

test('a prompt: its arguments, and its context, which survives its worker', async () => {
  const { client, transport } = connected;
  const { prompts } = await client.listPrompts();
  expect(prompts).toMatchObject([
    {
      name: 'trip',
      title: 'Trip',
      description: 'Plans one',
      arguments: [{ name: 'country', required: true }, { name: 'city' }, { name: 'day' }],
    },
  ]);
  const trip = client.getPrompt({ name: 'trip', arguments: { country: 'fr', city: 'Brest', day: '1' } });
  await until(() => cluster.ledger.find('prompt attempt 1'));
  await cluster.killWhoDid('prompt attempt 1');
  await until(() => cluster.ledger.find('prompt attempt 2'));
  cluster.ledger.open('planned');
  const text = `Plan a trip to Brest, fr, for test in ${transport.sessionId}`;
  expect((await trip).messages).toEqual([{ role: 'user', content: { type: 'text', text } }]);
  await expect(client.getPrompt({ name: 'none' })).rejects.toMatchObject({ code: -32602 });
  await expect(client.getPrompt({ name: 'trip' })).rejects.toMatchObject({ code: -32602 });
});

test('resources and templates: listed, read, each with its context', async () => {
  const { client, transport } = connected;
  const { resources } = await client.listResources();
  expect(resources).toEqual([
    {
      name: 'about',
      uri: 'about://session',
      title: 'About',
      description: 'The session',
      mimeType: 'text/plain',
    },
    { name: 'Bordeaux', uri: 'city://fr/Bordeaux', title: 'City' },
    { name: 'Brest', uri: 'city://fr/Brest', title: 'City' },
  ]);
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates).toEqual([
    { name: 'city', uriTemplate: 'city://{country}/{city}', title: 'City' },
  ]);
  expect(await client.readResource({ uri: 'about://session' })).toEqual({
    contents: [
      { uri: 'about://session', mimeType: 'text/plain', text: transport.sessionId, _meta: { fresh: true } },
    ],
  });
  const uri = 'city://fr/Brest';
  expect(await client.readResource({ uri })).toEqual({
    contents: [{ uri, text: `Brest true ${transport.sessionId}` }],
  });
  await expect(client.readResource({ uri: 'about://nothing' })).rejects.toMatchObject({ code: -32602 });
});

test('completion: of a prompt and of a template, by what was chosen before, at most 100 at a time', async () => {
  const { client } = connected;
  expect(client.getServerCapabilities()).toHaveProperty('completions');
  const prompt = { type: 'ref/prompt' as const, name: 'trip' };
  const template = { type: 'ref/resource' as const, uri: 'city://{country}/{city}' };
  for (const ref of [prompt, template]) {
    const argument = { name: 'city', value: 'Br' };
    const { completion } = await client.complete({ ref, argument });
    expect(completion).toEqual({ values: ['Bremen', 'Brest'], total: 2, hasMore: false });
    const context = { arguments: { country: 'fr' } };
    const french = await client.complete({ ref, argument, context });
    expect(french.completion.values).toEqual(['Brest']);
  }
  const { completion } = await client.complete({ ref: prompt, argument: { name: 'day', value: '' } });
  expect(completion).toMatchObject({ total: 366, hasMore: true });
  expect(completion.values).toHaveLength(100);
  const unknown = { ref: { ...prompt, name: 'none' }, argument: { name: 'city', value: '' } };
  await expect(client.complete(unknown)).rejects.toMatchObject({ code: -32602 });
});
