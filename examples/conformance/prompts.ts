/** The prompts that the suite asks for. */
import type { DurableMcpServer } from 'durable-mcp';
import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { z } from 'zod';
import { PNG } from './media';

const user = (text: string) => ({ role: 'user' as const, content: { type: 'text' as const, text } });

export function registerPrompts(server: DurableMcpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'Text alone' }, () => ({
    messages: [user('This is a simple prompt for testing.')],
  }));

  const arg1 = completable(z.string(), (begun) =>
    ['testing', 'tested'].filter((word) => word.startsWith(begun)),
  );
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'Text with its arguments in it', argsSchema: { arg1, arg2: z.string() } },
    (args) => ({
      messages: [user(`Prompt with arguments: arg1='${args.arg1}', arg2='${args.arg2}'`)],
    }),
  );

  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A resource and what to do with it', argsSchema: { resourceUri: z.string() } },
    ({ resourceUri: uri }) => {
      const resource = { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' };
      return {
        messages: [
          { role: 'user', content: { type: 'resource', resource } },
          user('Please process the embedded resource above.'),
        ],
      };
    },
  );

  server.registerPrompt('test_prompt_with_image', { description: 'An image and what to do with it' }, () => ({
    messages: [{ role: 'user', content: { type: 'image', ...PNG } }, user('Please analyze the image above.')],
  }));
}
