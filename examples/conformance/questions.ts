/** Tools that send requests to the client: elicitation with each kind of form field, and sampling. */
import type { ElicitRequestFormParams } from '@modelcontextprotocol/sdk/types.js';
import type { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

type Fields = ElicitRequestFormParams['requestedSchema']['properties'];

export function registerQuestions(server: DurableMcpServer): void {
  async function ask(message: string, properties: Fields, required: string[] = []) {
    const { action, content = {} } = await server.server.elicitInput({
      message,
      requestedSchema: { type: 'object', properties, required },
    });
    const text = `User response: action=${action}, content=${JSON.stringify(content)}`;
    return { content: [{ type: 'text' as const, text }] };
  }

  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user', inputSchema: { message: z.string() } },
    ({ message }) => ask(message, ABOUT_THE_USER, ['username', 'email']),
  );

  server.registerTool(
    'test_elicitation_sep1034_defaults',
    { description: 'Asks with an answer filled in for each type' },
    () => ask('Please review and update the form fields with defaults', WITH_DEFAULTS),
  );

  server.registerTool(
    'test_elicitation_sep1330_enums',
    { description: 'Asks with choices in each form' },
    () => ask('Please select options from the enum fields', WITH_CHOICES),
  );

  server.registerTool(
    'test_sampling',
    { description: 'Asks the model of the client', inputSchema: { prompt: z.string() } },
    async ({ prompt }) => {
      const { content } = await server.server.createMessage({
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
        maxTokens: 100,
      });
      const answer = content.type === 'text' ? content.text : content.type;
      return { content: [{ type: 'text', text: `LLM response: ${answer}` }] };
    },
  );
}

const ABOUT_THE_USER: Fields = {
  username: { type: 'string', description: "User's response" },
  email: { type: 'string', description: "User's email address" },
};

/** SEP-1034: a default for every primitive type. */
const WITH_DEFAULTS: Fields = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};

const options = ['option1', 'option2', 'option3'];
const titled = [
  { const: 'value1', title: 'First' },
  { const: 'value2', title: 'Second' },
  { const: 'value3', title: 'Third' },
];

/** SEP-1330: single and multiple choice, with and without titles, and the legacy way to give titles. */
const WITH_CHOICES: Fields = {
  untitledSingle: { type: 'string', enum: options },
  titledSingle: { type: 'string', oneOf: titled },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
  untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
  titledMulti: { type: 'array', items: { anyOf: titled } },
};
