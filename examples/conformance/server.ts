/**
 * The server for the official conformance suite, whose scenarios name each tool, prompt and resource: `npm
 * run conformance`.
 */
import { DurableMcpServer, ToolError } from 'durable-mcp';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PNG, WAV } from './media';
import { registerPrompts } from './prompts';
import { registerQuestions } from './questions';
import { registerResources } from './resources';

const text = (value: string) => ({ type: 'text' as const, text: value });
const image = { type: 'image' as const, ...PNG };

/** Long enough that the messages before and after the pause arrive apart. */
const PAUSE_MS = 50;

export default function app() {
  const server = new DurableMcpServer(
    { name: 'conformance', version: '1.0.0' },
    { capabilities: { resources: { subscribe: true } } },
  );
  registerContent(server);
  registerBehaviour(server);
  registerQuestions(server);
  registerResources(server);
  registerPrompts(server);
  return server;
}

/** Registers one tool for each form of result. */
function registerContent(server: DurableMcpServer): void {
  server.registerTool('test_simple_text', { description: 'Answers with text' }, () => ({
    content: [text('This is a simple text response for testing.')],
  }));

  server.registerTool('test_image_content', { description: 'Answers with an image' }, () => ({
    content: [image],
  }));

  server.registerTool('test_audio_content', { description: 'Answers with a sound' }, () => ({
    content: [{ type: 'audio', ...WAV }],
  }));

  server.registerTool('test_embedded_resource', { description: 'Answers with a resource' }, () => {
    const resource = { uri: 'test://embedded-resource', mimeType: 'text/plain' };
    return {
      content: [
        { type: 'resource', resource: { ...resource, text: 'This is an embedded resource content.' } },
      ],
    };
  });

  server.registerTool('test_multiple_content_types', { description: 'Answers with three forms' }, () => {
    const resource = { uri: 'test://mixed-content-resource', mimeType: 'application/json' };
    return {
      content: [
        text('Multiple content types test:'),
        image,
        { type: 'resource', resource: { ...resource, text: JSON.stringify({ test: 'data', value: 123 }) } },
      ],
    };
  });

  server.registerTool('test_error_handling', { description: 'Fails' }, () => {
    throw new ToolError('This tool intentionally returns an error for testing');
  });

  // zod's JSON Schema lacks keywords that zod does not know; the fields of `meta` appear in tools/list unchanged.
  server.registerTool(
    'json_schema_2020_12_tool',
    {
      description: 'Takes what a JSON Schema 2020-12 says',
      inputSchema: z.strictObject({ name: z.string().optional() }).meta(FULL_SCHEMA),
    },
    ({ name }) => ({ content: [text(`Hello ${name ?? 'nobody'}`)] }),
  );
}

/** Registers tools that send messages, or close the connection, before they answer. */
function registerBehaviour(server: DurableMcpServer): void {
  server.registerTool('test_tool_with_logging', { description: 'Logs while it runs' }, async (ctx) => {
    await ctx.log('info', 'Tool execution started');
    await sleep(PAUSE_MS);
    await ctx.log('info', 'Tool processing data');
    await sleep(PAUSE_MS);
    await ctx.log('info', 'Tool execution completed');
    return { content: [text('logged')] };
  });

  server.registerTool('test_tool_with_progress', { description: 'Tells its progress' }, async (ctx) => {
    await ctx.progress(0, 100);
    await sleep(PAUSE_MS);
    await ctx.progress(50, 100);
    await sleep(PAUSE_MS);
    await ctx.progress(100, 100);
    return { content: [text('progressed')] };
  });

  server.registerTool('test_reconnection', { description: 'Has its client come back' }, async (ctx) => {
    ctx.closeSSEStream?.();
    await sleep(PAUSE_MS);
    return { content: [text('The answer came on another connection than the one that asked for it.')] };
  });
}

const FULL_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
};
